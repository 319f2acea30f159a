import { existsSync, readdirSync, realpathSync } from 'node:fs';

/** Interfaces that do not lead out of the device: of engines, tunnels and bridges (spec: host 8.2). */
const FOREIGN =
	/^(?:(?:balena|docker|rce|tun)\d+|resin-vpn|lo|resin-dns|supervisor0|balena-redsocks|resin-redsocks|br-[0-9a-f]{12})$/;

export function isForeignInterface(name: string): boolean {
	return FOREIGN.test(name);
}

/**
 * Interfaces without hardware, of their own or below them: one end of the virtual cable of a container, or a bridge
 * with only such ends, under any name. One with an address that is no bridge may still lead out: a device in a
 * container has such a one. An entry that is no interface of the kernel (a directory of the same form) counts as
 * hardware. Files of sysfs are read synchronously.
 */
export function isContainerInterface(
	networkPath: string,
	name: string,
	{ hasAddress }: { readonly hasAddress: boolean },
): boolean {
	const path = `${networkPath}/${name}`;
	if (!isVirtual(path)) {
		return false;
	}
	const isStacked = lowerInterfaces(path).length > 0 || existsSync(`${path}/bridge`);
	return isStacked ? !hasHardware(path, DEPTH_MAX) : !hasAddress;
}

/** A bridge on VLANs on a bond has three levels. */
const DEPTH_MAX = 4;

function hasHardware(path: string, depth: number): boolean {
	const lower = lowerInterfaces(path).map((entry) => `${path}/${entry}`);
	return depth > 0 && lower.some((below) => !isVirtual(below) || hasHardware(below, depth - 1));
}

function lowerInterfaces(path: string): readonly string[] {
	try {
		return readdirSync(path).filter((entry) => entry.startsWith('lower_'));
	} catch {
		return []; // just removed
	}
}

function isVirtual(path: string): boolean {
	try {
		return realpathSync(path).includes('/devices/virtual/net/');
	} catch {
		return true; // just removed
	}
}
