#!/bin/sh
# Prints the name of this machine's architecture as apk spells it.
machine=$(uname -m)
case "$machine" in
arm64) echo aarch64 ;;
armv7l) echo armv7 ;;
armv6l) echo armhf ;;
i686 | i386) echo x86 ;;
*) echo "$machine" ;;
esac
