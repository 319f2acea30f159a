#!/bin/sh
# Starts another supervisor in the place of the one that runs, and makes it the one of this device when it is healthy
# (spec: host 14.3). The supervisor copies this script to the host and lets systemd run it, because the script outlives
# both of them:
#   update-supervisor.sh IMAGE VERSION HEALTHY_SECONDS PROOF_SECONDS
# Until the end the configuration names the old image: after a power cut the old supervisor starts.
set -u

image=$1 version=$2 healthy_seconds=$3 proof_seconds=$4
conf=${SUPERVISOR_CONF:-/etc/balena-supervisor/supervisor.conf}
# On a tmpfs; systemd reads it after the other one.
trial=${SUPERVISOR_TRIAL_CONF:-/tmp/update-supervisor.conf}
unit=balena-supervisor.service
container=balena_supervisor
# A single health check that fails may be due to load.
retry_seconds=30

# A trap runs with the redirections of the function that it interrupts, and its reason must not be lost.
exec 3>&2

# Prefixed, so that the supervisor finds the reason among the lines of systemd.
fail() {
	echo "Update failed: $1" >&3
	exit 1
}

give_up() {
	trap '' TERM INT HUP
	echo "Update failed: $1" >&3
	rm -f "$trial" "$conf.new"
	systemctl restart "$unit" || echo "$unit could not be restarted" >&3
	exit 1
}

# Wall clocks jump.
uptime_seconds() {
	read -r uptime _ </proc/uptime
	echo "${uptime%%.*}"
}

# An engine that hangs must not stop this script.
ask_engine() {
	if timeout 1 true 2>/dev/null; then timeout 30 "$engine" "$@"; else "$engine" "$@"; fi
}

# Whether the new supervisor runs and answers. Sets `started`: the same until it is started again.
is_healthy() {
	state=$(ask_engine inspect --type container --format '{{.Image}} {{.State.Running}} {{.State.StartedAt}}' "$container" 2>/dev/null)
	case $state in
	"$image_id true "*) started=${state##* } ;;
	*) return 1 ;;
	esac
	# shellcheck disable=SC2016 # the variable is that of the container
	ask_engine exec "$container" sh -c 'wget -q -T 10 -O /dev/null "http://127.0.0.1:${LISTEN_PORT:-48484}/v1/healthy"' >/dev/null 2>&1
}

becomes_healthy() {
	deadline=$(($(uptime_seconds) + $1))
	until is_healthy; do
		[ "$(uptime_seconds)" -lt "$deadline" ] || return 1
		sleep 1
	done
}

describe_container() {
	ask_engine inspect --type container --format '{{.State.Status}}, exit code {{.State.ExitCode}}' "$container" 2>/dev/null ||
		echo 'missing'
}

# Each other line stays as it is.
make_permanent() {
	grep -q '^SUPERVISOR_IMAGE=' "$conf" || return 1
	cp -p "$conf" "$conf.new" &&
		sed -e "s|^SUPERVISOR_IMAGE=.*|SUPERVISOR_IMAGE=$image|" \
			-e "s|^SUPERVISOR_VERSION=.*|SUPERVISOR_VERSION=$version|" \
			-e "s|^SUPERVISOR_TAG=.*|SUPERVISOR_TAG=$version|" "$conf" >"$conf.new" &&
		sync && mv "$conf.new" "$conf" && sync
}

engine=
for name in balena-engine balena docker; do
	if command -v "$name" >/dev/null 2>&1; then
		engine=$name
		break
	fi
done
[ -n "$engine" ] || fail 'there is no client of the engine on this host'
image_id=$(ask_engine image inspect --format '{{.Id}}' "$image" 2>/dev/null) || fail "the image $image is missing"

if [ -e "$trial" ] && ! grep -qxF "SUPERVISOR_IMAGE=$image" "$trial"; then
	fail "another update of the supervisor is under way: there is $trial"
fi

case $(systemctl show --property=ActiveState update-balena-supervisor.service 2>/dev/null) in
ActiveState=activ* | ActiveState=reloading) fail 'update-balena-supervisor of the operating system runs' ;;
esac

trap 'give_up "it was interrupted"' TERM INT HUP
printf 'SUPERVISOR_IMAGE=%s\nSUPERVISOR_VERSION=%s\nSUPERVISOR_TAG=%s\n' "$image" "$version" "$version" >"$trial" ||
	give_up "$trial cannot be written"
systemctl restart "$unit" || give_up "$unit could not be restarted"

becomes_healthy "$healthy_seconds" ||
	give_up "supervisor $version was not healthy within $healthy_seconds seconds (container: $(describe_container))"
first=$started
sleep "$proof_seconds"
becomes_healthy "$retry_seconds" ||
	give_up "supervisor $version was healthy, and was not $proof_seconds seconds later (container: $(describe_container))"
[ "$started" = "$first" ] ||
	give_up "supervisor $version ended by itself within $proof_seconds seconds after it was healthy"

make_permanent || give_up "$conf cannot be changed"
rm -f "$trial"
echo "Supervisor $version runs"
