#!/bin/sh
# Installs the headers of D-Bus on a workstation, for tools that compile a client of the bus. The supervisor needs none.
set -o errexit

if command -v apt-get >/dev/null; then
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get install -y libdbus-1-dev
elif command -v brew >/dev/null; then
	brew install dbus
else
	echo 'Neither apt-get nor brew is here: install the headers of D-Bus (libdbus-1-dev, dbus-devel) with your package manager.'
fi
