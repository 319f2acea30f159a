#!/bin/sh
# Prints the name, as the builder of the cloud spells it, of the architecture that this image is for. The kernel cannot
# say it: 32-bit images are built on 64-bit machines.
set -o errexit

architecture=$(apk --print-arch)
case "$architecture" in
x86_64) echo amd64 ;;
aarch64) echo aarch64 ;;
armv7) echo armv7hf ;;
armhf) echo rpi ;;
x86) echo i386 ;;
*) echo "$architecture" ;;
esac
