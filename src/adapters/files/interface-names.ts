/** Interfaces that do not lead out of the device: of engines, tunnels and bridges (spec: host 8.2). */
const FOREIGN =
	/^(?:(?:balena|docker|rce|tun)\d+|resin-vpn|lo|resin-dns|supervisor0|balena-redsocks|resin-redsocks|br-[0-9a-f]{12})$/;

export function isForeignInterface(name: string): boolean {
	return FOREIGN.test(name);
}
