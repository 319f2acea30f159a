#!/bin/sh
# Prints the target of Rust for an architecture as apk spells it.
case "$1" in
armv7) echo armv7-unknown-linux-musleabihf ;;
armhf) echo arm-unknown-linux-musleabihf ;;
x86) echo i686-unknown-linux-musl ;;
*) echo "$1-unknown-linux-musl" ;;
esac
