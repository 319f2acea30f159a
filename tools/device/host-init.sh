#!/bin/sh
# The first process of a device host: process 1 of its own namespaces. It lays a private file view over the
# machine's, starts the engine, and ends everything on TERM or when its launcher is gone (end of input).
#
# DEVICE_DIRECTORY  everything the device keeps         DEVICE_PROJECT  this checkout, stays visible
# DEVICE_CGROUP     parent of all container cgroups     DEVICE_RUNTIME  path of an OCI runtime, or empty
# DEVICE_ATTACHED   1: end with the launcher            DEVICE_REMOVE   1: remove the folder at the end
# DEVICE_OUTBOUND   1: a network interface will come from outside
# Descriptor 3      a socket that listens, for an engine that is to get it from its init system
set -eu

rm -f "$DEVICE_DIRECTORY/alive"
mkfifo "$DEVICE_DIRECTORY/alive"
# The machine's /proc is still mounted here, so it shows our process id outside of this namespace.
read -r outside_pid _ </proc/self/stat
echo "$outside_pid" >"$DEVICE_DIRECTORY/init.pid"
mount -t proc proc /proc

hold=/dev/shm/device-hold
mount -t tmpfs -o mode=755 tmpfs /dev/shm
mkdir -p "$hold/device" "$hold/project" "$hold/cgroup"
mount --bind "$DEVICE_DIRECTORY" "$hold/device"
mount --rbind "$DEVICE_PROJECT" "$hold/project"
mount --rbind /sys/fs/cgroup "$hold/cgroup"

# A sysfs made in this network namespace shows its interfaces; the machine's would show the machine's.
mount -t sysfs sysfs /sys
mount --move "$hold/cgroup" /sys/fs/cgroup

mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
# The engine writes below these (keys, plugin folders). An upper layer in memory keeps the machine's files as they are.
for folder in /etc /opt /var; do
	[ -d "$folder" ] || continue
	mkdir -p "/run/device/layers$folder/upper" "/run/device/layers$folder/work"
	mount -t overlay overlay \
		-o "lowerdir=$folder,upperdir=/run/device/layers$folder/upper,workdir=/run/device/layers$folder/work" "$folder" ||
		echo "host: no private layer over $folder"
done
[ -e /var/run ] || ln -s /run /var/run
for pair in "device:$DEVICE_DIRECTORY" "project:$DEVICE_PROJECT"; do
	mkdir -p "${pair#*:}"
	mount --rbind "$hold/${pair%%:*}" "${pair#*:}"
done

rm -f /etc/resolv.conf
if [ "$DEVICE_OUTBOUND" = 1 ]; then
	echo 'nameserver 10.0.2.3' >/etc/resolv.conf
else
	: >/etc/resolv.conf
	unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
fi
busybox ip link set lo up
hostname device

for_each_cgroup_root() {
	for root in /sys/fs/cgroup /sys/fs/cgroup/*; do
		[ -d "$root/$DEVICE_CGROUP" ] && "$@" "$root/$DEVICE_CGROUP"
	done
	return 0
}
remove_cgroup() { find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; }

end() {
	trap '' TERM
	set +e
	kill -KILL -1
	# A killed process leaves its cgroup a moment after the signal.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		for_each_cgroup_root remove_cgroup
		[ -z "$(for_each_cgroup_root echo)" ] && break
		sleep 0.1
	done
	for name in docker.sock held.sock host.json init.pid alive; do rm -f "$DEVICE_DIRECTORY/$name"; done
	if [ "$DEVICE_REMOVE" = 1 ]; then
		# Container file systems are still mounted in here; what they show must not be walked into.
		while read -r _ point _; do
			case "$point" in "$DEVICE_DIRECTORY"/*) umount -l "$point" ;; esac
		done </proc/mounts
		cd /
		find "$DEVICE_DIRECTORY" -mindepth 1 -delete
		umount -l "$DEVICE_DIRECTORY"
		umount -l "$hold/device"
		umount -l /var
		umount -l /tmp
		rmdir "$DEVICE_DIRECTORY"
	fi
	exit 0
}
trap end TERM

# The network helper watches the other end of this pipe and sees when the device is gone.
exec 4<>"$DEVICE_DIRECTORY/alive"
if [ "$DEVICE_ATTACHED" = 1 ]; then
	exec 5<&0
	(
		exec 3<&-
		cat <&5 >/dev/null
		kill -TERM 1
	) &
	exec 5<&-
fi
exec </dev/null

set -- --data-root "$DEVICE_DIRECTORY/engine" --exec-root /run/docker --pidfile /run/docker.pid \
	--config-file "$DEVICE_DIRECTORY/engine.json" \
	--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$DEVICE_CGROUP"
[ -z "$DEVICE_RUNTIME" ] || set -- "$@" --add-runtime "bounded=$DEVICE_RUNTIME" --default-runtime bounded

set +e
. "$DEVICE_PROJECT/tools/device/run-engine.sh"
run_engine "$@"
end
