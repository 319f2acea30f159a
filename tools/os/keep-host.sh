#!/bin/sh
# What a machine does for its system: keep-host.sh CONTAINER. A host that reboots is started again, one that was shut
# down stays off. Prints the journal of the supervisor meanwhile, without what an earlier boot has printed.
set -u

name=$1
RESTART=129 # the kernel ends the first process of a namespace with SIGHUP for a reboot, with SIGINT for power off

# journalctl would not notice a journal that is made after it has started.
FOLLOW='until ls /run/log/journal/*/system.journal >/dev/null 2>&1; do sleep 0.2; done
exec journalctl --follow --lines=all --output=cat --unit=balena-supervisor'

print_journal() {
	docker exec "$name" sh -c "$FOLLOW" |
		sed --unbuffered 's|^balena-supervisor.service: Main process exited, .*status=\([0-9]*\).*|dindctl: the supervisor ended with status \1|'
}

while :; do
	print_journal &
	status=$(docker wait "$name") || exit 1
	wait
	echo "dindctl: the host ended with status $status"
	[ "$status" = "$RESTART" ] || exit 0
	docker start "$name" >/dev/null || exit 1
	echo 'dindctl: the host boots again'
done
