#!/bin/sh
# Sourced by entry.sh: finds the partitions of the device, mounts them, and says where they are.
# With TEST=1 nothing is mounted; whoever runs the container has put the folders there.

export ROOT_MOUNTPOINT=/mnt/root
export DBUS_SYSTEM_BUS_ADDRESS="${DBUS_SYSTEM_BUS_ADDRESS:-unix:path=$ROOT_MOUNTPOINT/run/dbus/system_bus_socket}"

fail() {
	echo "ERROR: $1" >&2
	exit 1
}

# The device that systemd mounted by unit $1, if it is one.
device_of_mount() {
	dbus-send --system --print-reply=literal --dest=org.freedesktop.systemd1 \
		"/org/freedesktop/systemd1/unit/mnt_2d$1_2emount" \
		org.freedesktop.DBus.Properties.Get string:org.freedesktop.systemd1.Mount string:What 2>/dev/null |
		sed -n 's|.*\(/dev/[^ ]*\).*|\1|p'
}

# An encrypted partition that the previous container left suspended would block everyone who looks at it.
resume_mappings() {
	dmsetup ls --target crypt 2>/dev/null | awk -v part="$1" 'index($1, part) { print $1 }' |
		while read -r mapping; do
			dmsetup resume "$mapping" || true
		done
}

is_encrypted() {
	[ "$(lsblk --noheadings --nodeps --output TYPE "$1" 2>/dev/null)" = crypt ] ||
		dmsetup table "$1" 2>/dev/null | grep -q ' crypt '
}

# With secure boot the boot partition is encrypted and its parent is a mapping; the one of the firmware is not.
find_boot_device() {
	device=$(device_of_mount boot)
	if [ -n "$device" ] && is_encrypted "$device"; then
		for name in efi rpi imx; do
			device=$(device_of_mount "$name")
			[ -z "$device" ] || break
		done
	fi
	echo "$device"
}

# Only this disk is searched: an installer stick carries the same labels.
find_partition() {
	lsblk --pairs --paths --output NAME,LABEL,PARTLABEL "/dev/$1" |
		sed -n 's/^NAME="\([^"]*\)" LABEL="\([^"]*\)" PARTLABEL="\([^"]*\)".*/\1|\2|\3/p' |
		awk -F '|' -v label="^(resin|balena)-$2\$" '
			$2 ~ label && !by_label { by_label = $1 }
			$3 ~ label && !by_partition { by_partition = $1 }
			END { print by_label ? by_label : by_partition }'
}

mounted_at() {
	awk -v folder="$1" '$2 == folder { device = $1 } END { print device }' /proc/mounts
}

mount_partition() {
	disk=$1
	name=$2
	resume_mappings "$name"
	device=$(find_partition "$disk" "$name")
	[ -n "$device" ] || fail "Could not determine which partition to mount for label '(resin|balena)-$name'. Please make sure the Supervisor is running on a balenaOS device."
	echo "INFO: Found device $device on current boot device $disk, using as mount for '(resin|balena)-$name'."
	mkdir -p "/mnt/$name"
	[ "$(mounted_at "/mnt/$name")" != "$device" ] || return 0
	mount -t "$(lsblk --noheadings --nodeps --output FSTYPE "$device")" "$device" "/mnt/$name"
}

if [ "${TEST:-}" != 1 ]; then
	resume_mappings boot
	boot_device=$(find_boot_device)
	[ -n "$boot_device" ] || fail 'Could not determine boot device from dbus. Please launch Supervisor as a privileged container with DBus socket access.'
	boot_disk=$(lsblk --noheadings --nodeps --output PKNAME "$boot_device") || boot_disk=
	[ -n "$boot_disk" ] || fail 'Could not determine boot device from lsblk. Please launch Supervisor as a privileged container.'
	for partition in boot state data; do
		mount_partition "$boot_disk" "$partition"
	done
fi

export BOOT_MOUNTPOINT=/mnt/boot
export STATE_MOUNTPOINT=/mnt/state
export DATA_MOUNTPOINT=/mnt/data
export HOST_OS_VERSION_PATH="$ROOT_MOUNTPOINT/etc/os-release"
# Older systems pass a path of their own, which is a mount that a rename would not get past.
export CONFIG_MOUNT_POINT="$BOOT_MOUNTPOINT/config.json"
export DATABASE_PATH=/data/database.sqlite

if [ "${TEST:-}" != 1 ] && [ ! -f "$DATABASE_PATH" ]; then
	mkdir -p "$DATA_MOUNTPOINT/resin-data/balena-supervisor" /data
	mount --bind --make-shared "$DATA_MOUNTPOINT/resin-data/balena-supervisor" /data
fi
