#!/bin/sh
# Prints the name, as the builder of the cloud spells it, of the architecture of the image that this runs in; outside of
# an image, of this machine.
set -o errexit

fail() {
	echo "Unknown architecture $1" >&2
	exit 1
}

if command -v apk >/dev/null; then
	name=$("$(dirname "$0")/apk-print-arch.sh")
	case "$name" in
	amd64 | aarch64 | armv7hf | rpi | i386) echo "$name" ;;
	*) fail "$name" ;;
	esac
	exit
fi
machine=$(uname -m)
case "$machine" in
x86_64) echo amd64 ;;
aarch64 | arm64) echo aarch64 ;;
armv7l) echo armv7hf ;;
armv6l) echo rpi ;;
i686 | i386) echo i386 ;;
*) fail "$machine" ;;
esac
