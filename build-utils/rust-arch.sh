#!/bin/sh
# Prints the target of Rust for the architecture that this image is for.
set -o errexit

architecture=$(apk --print-arch)
case "$architecture" in
x86_64) echo x86_64-unknown-linux-musl ;;
aarch64) echo aarch64-unknown-linux-musl ;;
armv7) echo armv7-unknown-linux-musleabihf ;;
armhf) echo arm-unknown-linux-musleabihf ;;
x86) echo i686-unknown-linux-musl ;;
*)
	echo "Unknown architecture $architecture" >&2
	exit 1
	;;
esac
