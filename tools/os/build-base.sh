#!/bin/sh
# Makes the two bases of `dindctl run --os` from Debian's packages: build-base.sh FOLDER MIRROR SUITE PACKAGES NODE
# FOLDER/supervisor.tar is for the supervisor's image, FOLDER/host.tar, with an engine and an init system, for the host.
# PACKAGES are those of the Dockerfile's runtime-base, under Debian's names. NODE is the program of this machine: the
# packages in node_modules were compiled for it.
set -eu

folder=$1 mirror=$2 suite=$3 for_supervisor=$4 node=$5
root=$folder/root
log=$folder/build.log
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

for_host='systemd-sysv docker.io dropbear-bin'

step() { echo "$1 ($(($(date +%s) - started)) s)"; }

pack() {
	# What is only read by people, or fetched again, would double what each device has to unpack.
	for path in usr/share/doc usr/share/man usr/share/locale usr/share/info var/cache/apt var/lib/apt/lists var/log; do
		rm -rf "$root/${path:?}"
		mkdir -p "$root/$path"
	done
	tar --create --one-file-system --numeric-owner --directory "$root" --exclude ./dev --exclude ./proc \
		--exclude ./sys --file "$folder/$1" .
}

started=$(date +%s)
echo "Making the base of the host from Debian's packages: about two minutes, once"
debootstrap --variant=minbase --include="$for_supervisor" "$suite" "$root" "$mirror" >"$log" 2>&1
step '  packages of the supervisor'
install -m 755 "$node" "$root/usr/local/bin/node"
# The hosts use the legacy variant, where the kernel still has it.
if chroot "$root" iptables-legacy --wait --list --numeric >>"$log" 2>&1; then
	chroot "$root" update-alternatives --set iptables /usr/sbin/iptables-legacy >>"$log" 2>&1
	chroot "$root" update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy >>"$log" 2>&1
fi
cp -a "$root/var/lib/apt/lists" "$folder/lists"
pack supervisor.tar
step '  supervisor.tar'
rm -rf "$root/var/lib/apt/lists"
mv "$folder/lists" "$root/var/lib/apt/lists"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
# shellcheck disable=SC2086 # they are several words
chroot "$root" apt-get install -y -q --no-install-recommends $for_host >>"$log" 2>&1
rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf"
# Nothing there uses these, and they are a third of it.
for program in local/bin/node bin/ctr bin/dnet sbin/ovrouter bin/containerd-shim bin/containerd-shim-runc-v1; do
	rm -f "$root/usr/$program"
done
step '  packages of the host'
pack host.tar
rm -rf "$root"
step '  host.tar'
touch "$folder/done"
