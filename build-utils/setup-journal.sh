#!/bin/sh
# Collects journalctl with all libraries it needs below /sysroot, links resolved, to be copied into another system.
set -o errexit

program=$(command -v journalctl)
{
	echo "$program"
	ldd "$program" | sed -n -e 's|.*=> \(/[^ ]*\).*|\1|p' -e 's|^[[:space:]]*\(/[^ ]*\).*|\1|p'
} | sort -u | while read -r file; do
	mkdir -p "/sysroot$(dirname "$file")"
	cp --dereference "$file" "/sysroot$file"
done
