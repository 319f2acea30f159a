#!/bin/sh
# Prints the name of this machine's architecture as the builder of the cloud spells it.
machine=$(uname -m)
case "$machine" in
x86_64) echo amd64 ;;
aarch64 | arm64) echo aarch64 ;;
armv7l) echo armv7hf ;;
armv6l) echo rpi ;;
i686 | i386) echo i386 ;;
*)
	echo "Unknown architecture $machine" >&2
	exit 1
	;;
esac
