# Sourced by host-init.sh: what the host's init system does for the engine, and for its containerd.
#
# Before each start it reads $DEVICE_DIRECTORY/engine.env, if there is one:
# ENGINE_ACTIVATION  plain: the engine makes its socket. socket: it is handed the one that this process listens on all
#                    the time (3), as systemd does: who connects while the engine is away is not refused, but waits.
# ENGINE_CONTAINERD  child: the engine starts its own. separate: it is started here, and outlives the engine.
# ENGINE_PAUSE       seconds until a daemon that ended is started again

read_engine_choice() {
	ENGINE_ACTIVATION=plain ENGINE_CONTAINERD=child ENGINE_PAUSE=1
	[ ! -e "$DEVICE_DIRECTORY/engine.env" ] || . "$DEVICE_DIRECTORY/engine.env"
}

# Options of the engine are in "$@".
start_dockerd() {
	(
		exec >>"$DEVICE_DIRECTORY/logs/engine.log" 2>&1
		[ "$ENGINE_CONTAINERD" = child ] || set -- "$@" --containerd /run/containerd/containerd.sock
		if [ "$ENGINE_ACTIVATION" = socket ]; then
			export LISTEN_FDS=1
			exec sh -c 'export LISTEN_PID=$$ && exec dockerd "$@"' sh --host fd:// "$@"
		fi
		exec dockerd --host "unix://$DEVICE_DIRECTORY/docker.sock" --host unix:///var/run/docker.sock "$@" 3<&-
	) &
	engine=$!
}

# An engine that makes its sockets itself first removes what has their names.
name_held_socket() {
	[ "$ENGINE_ACTIVATION" = socket ] || return 0
	[ "$DEVICE_DIRECTORY/docker.sock" -ef "$DEVICE_DIRECTORY/held.sock" ] ||
		ln -f "$DEVICE_DIRECTORY/held.sock" "$DEVICE_DIRECTORY/docker.sock"
	ln -sf "$DEVICE_DIRECTORY/docker.sock" /var/run/docker.sock
}

start_containerd() {
	(
		daemon=
		trap 'kill -TERM "$daemon"; wait "$daemon"; exit' TERM
		exec 3<&- >>"$DEVICE_DIRECTORY/logs/containerd.log" 2>&1
		while :; do
			containerd --config "$DEVICE_DIRECTORY/containerd.toml" --address /run/containerd/containerd.sock \
				--root "$DEVICE_DIRECTORY/containerd" --state /run/containerd &
			daemon=$!
			wait "$daemon"
			read_engine_choice
			sleep "$ENGINE_PAUSE"
		done
	) &
	containerd=$!
}

ensure_containerd() {
	if [ "$ENGINE_CONTAINERD" = separate ]; then
		[ -n "$containerd" ] || start_containerd
	elif [ -n "$containerd" ]; then
		kill -TERM "$containerd"
		wait "$containerd"
		containerd=
		# An engine that finds it takes it for a containerd of the system's, and starts none.
		rm -f /run/containerd/containerd.sock
	fi
}

# An engine that ends is started again; one that cannot start at all ends the host.
run_engine() {
	containerd=
	read_engine_choice
	while :; do
		ensure_containerd
		name_held_socket
		started=$(date +%s)
		start_dockerd "$@"
		wait "$engine"
		status=$?
		echo "host: the engine ended with status $status"
		case $status in
		0 | 137 | 143) ;; # it was stopped or killed
		*) [ $(($(date +%s) - started)) -ge 5 ] || return 0 ;;
		esac
		read_engine_choice
		sleep "$ENGINE_PAUSE"
	done
}
