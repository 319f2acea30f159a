#!/bin/sh
# Starts the supervisor in its container. The container may be started again without being made again, so each step
# can be repeated.
set -o errexit

# Smaller young generation and less code kept: after an update of 50 services 29 MB of private memory instead of 70.
NODE_FLAGS='--max-semi-space-size=1 --optimize-for-size --max-lazy --single-threaded-gc'

app=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=mount-partitions.sh
. "$app/mount-partitions.sh"

# Services and the system look for update locks here. Systems of old use the other name.
locks="$ROOT_MOUNTPOINT/tmp/balena-supervisor"
[ -e "$locks" ] || rm -f "$locks" # a link to a folder that is gone
if [ -d "$ROOT_MOUNTPOINT/tmp/resin-supervisor" ] && [ ! -e "$locks" ]; then
	ln -s ./resin-supervisor "$locks"
else
	mkdir -p "$locks"
fi

# rsync reads the files of images where the engine says they are.
export DOCKER_ROOT="${DOCKER_ROOT:-$ROOT_MOUNTPOINT/var/lib/docker}"
if [ ! -e /var/lib/docker ] && [ ! -L /var/lib/docker ]; then
	mkdir -p /var/lib
	ln -s "$DOCKER_ROOT" /var/lib/docker
fi

if [ -n "${BALENA_ROOT_CA:-}" ] && [ ! -e /etc/ssl/certs/balenaRootCA.pem ]; then
	mkdir -p /etc/ssl/certs /usr/local/share/ca-certificates
	printf '%s\n' "$BALENA_ROOT_CA" >/etc/ssl/certs/balenaRootCA.pem
	printf '%s\n' "$BALENA_ROOT_CA" >/usr/local/share/ca-certificates/balenaRootCA.crt
	update-ca-certificates
fi

# journalctl takes the journal of the machine it believes to be on. A real folder was given to the container on purpose.
if { [ ! -d /run/log/journal ] || [ -L /run/log/journal ]; } && [ -s "$STATE_MOUNTPOINT/machine-id" ]; then
	ln -sf "$ROOT_MOUNTPOINT/etc/machine-id" /etc/machine-id
	machine_id=$(cat "$STATE_MOUNTPOINT/machine-id")
	mkdir -p /run/log
	rm -f /run/log/journal
	# Kept over reboots, if the device does that, else in memory.
	for journal in "$ROOT_MOUNTPOINT/var/log/journal" "$ROOT_MOUNTPOINT/run/log/journal"; do
		if [ -d "$journal/$machine_id" ]; then
			ln -s "$journal" /run/log/journal
			break
		fi
	done
fi

if [ ! -d /lib/modules ]; then
	mkdir -p /lib
	ln -sfn "$ROOT_MOUNTPOINT/lib/modules" /lib/modules
fi
# Without it ip6tables may not work; a kernel that has it built in says that it cannot be loaded.
modprobe ip6_tables || true

# In place of the shell, so that the signal to stop reaches it.
cd "$app"
if [ "${LIVEPUSH:-}" = 1 ]; then
	exec node --watch-path=src --watch-path=typings --import tsx src/app.ts
fi
# shellcheck disable=SC2086 # they are several words
exec node $NODE_FLAGS "$app/dist/app.js"
