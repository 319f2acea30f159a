import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { isContainerInterface, isForeignInterface } from './foreign-interfaces.ts';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** The addresses of the device: IPv4, and IPv6 that is valid beyond its link. */
export function readIpAddresses(networkPath: string): readonly string[] {
	const ofContainer = (name: string) => isContainerInterface(networkPath, name, { hasAddress: true });
	return selectAddresses(networkInterfaces(), ofContainer);
}

export function selectAddresses(
	interfaces: Interfaces,
	ofContainer: (name: string) => boolean = () => false,
): readonly string[] {
	return Object.entries(interfaces)
		.filter(([name]) => !isForeignInterface(name) && !ofContainer(name))
		.flatMap(([, addresses]) => (addresses ?? []).filter(isReachable))
		.map(({ address }) => address);
}

/** Names of the interfaces with such an address. */
export function addressedInterfaces(interfaces: Interfaces = networkInterfaces()): ReadonlySet<string> {
	const isAddressed = ([, addresses]: readonly [string, Interfaces[string]]) => addresses?.some(isReachable) === true;
	return new Set(
		Object.entries(interfaces)
			.filter(isAddressed)
			.map(([name]) => name),
	);
}

function isReachable(info: NetworkInterfaceInfo): boolean {
	return !info.internal && (info.family === 'IPv4' || info.scopeid === 0);
}
