#!/bin/sh
# Makes the base of the supervisor's image for another architecture, of which nothing can be run here:
# build-foreign-base.sh FOLDER MIRROR SUITE PACKAGES PROJECT NODE_VERSION
# Debian's packages are unpacked and not configured; what their scripts would have done and the supervisor needs is done
# below. FOLDER/supervisor.tar is the file system with Node, FOLDER/node_sqlite3.node the one package that is compiled.
set -eu

folder=$1 mirror=$2 suite=$3 packages=$4 project=$5 node_version=$6
debian=arm64 npm=arm64 triplet=aarch64-linux-gnu
root=$folder/root
log=$folder/build.log
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

step() { echo "$1 ($(($(date +%s) - started)) s)"; }

unpack_packages() {
	debootstrap --foreign --arch "$debian" --variant=minbase --include="$packages" "$suite" "$root" "$mirror" >"$log" 2>&1
	for package in "$root"/var/cache/apt/archives/*.deb; do
		# Folders such as /bin are links to those below /usr.
		dpkg-deb --fsys-tarfile "$package" | tar --extract --keep-directory-symlink --directory "$root"
	done
}

configure() {
	for name in passwd group; do cp "$root/usr/share/base-passwd/$name.master" "$root/etc/$name"; done
	for name in iptables ip6tables; do
		for end in '' -save -restore; do ln -sf "$name-legacy$end" "$root/usr/sbin/$name$end"; done
	done
	mkdir -p "$root/etc/ssl/certs"
	find "$root/usr/share/ca-certificates" -name '*.crt' -exec cat {} + >"$root/etc/ssl/certs/ca-certificates.crt"
	[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
	[ -e "$root/usr/bin/awk" ] || ln -s mawk "$root/usr/bin/awk"
}

install_node() {
	mkdir -p "$folder/node"
	(cd "$folder/node" && npm pack --silent "node-linux-$npm@$node_version" >>"$log" 2>&1)
	tar -xzf "$folder"/node/*.tgz --directory "$folder/node"
	install -D -m 755 "$folder/node/package/bin/node" "$root/usr/local/bin/node"
}

# The prebuilt binary if it can be fetched, else by the cross compiler.
install_sqlite() {
	mkdir -p "$folder/modules"
	cp "$project/package.json" "$project/package-lock.json" "$folder/modules"
	(
		cd "$folder/modules"
		export npm_config_arch="$npm" npm_config_target_arch="$npm" JOBS=2
		export CC="$triplet-gcc" CXX="$triplet-g++" AR="$triplet-ar" LINK="$triplet-g++"
		npm ci --omit=dev --no-audit --no-fund --foreground-scripts >>"$log" 2>&1
	)
	"$triplet-strip" -o "$folder/node_sqlite3.node" "$folder/modules/node_modules/sqlite3/build/Release/node_sqlite3.node"
}

pack() {
	for path in usr/share/doc usr/share/man usr/share/locale usr/share/info var/cache/apt var/lib/apt/lists var/log debootstrap; do
		rm -rf "$root/${path:?}"
		[ "$path" = debootstrap ] || mkdir -p "$root/$path"
	done
	tar --create --one-file-system --numeric-owner --directory "$root" --exclude ./dev --exclude ./proc \
		--exclude ./sys --file "$folder/supervisor.tar" .
}

started=$(date +%s)
echo "Making the base for $debian from Debian's packages: a few minutes, once"
unpack_packages
configure
step '  packages of the supervisor'
install_node
step '  Node.js'
install_sqlite
step '  sqlite3'
pack
rm -rf "$root" "$folder/node" "$folder/modules"
step '  supervisor.tar'
touch "$folder/done"
