import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { isForeignInterface } from './interface-names.ts';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Under which addresses the device is reached: IPv4, and IPv6 that is valid beyond its link. */
export function readIpAddresses(): readonly string[] {
	return selectAddresses(networkInterfaces());
}

export function selectAddresses(interfaces: Interfaces): readonly string[] {
	return Object.entries(interfaces)
		.filter(([name]) => !isForeignInterface(name))
		.flatMap(([, addresses]) => addresses ?? [])
		.filter((info) => !info.internal && (info.family === 'IPv4' || info.scopeid === 0))
		.map(({ address }) => address);
}
