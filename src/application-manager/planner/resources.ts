import type { Resource } from '../../domain/footprint.ts';
import { isChosenByEngine, type ServiceConfig } from '../../domain/service.ts';
import { imageKeyOf } from '../../domain/image-reference.ts';
import { volumeNamesOf } from '../compose/index.ts';

/**
 * Names of resources that steps contend for (see domain/footprint). Image references contain slashes, paths must not.
 */
export const resources = {
	app: (appId: number): Resource => `app/${appId}`,
	service: (appId: number, name: string): Resource => `app/${appId}/service/${name}`,
	network: (appId: number, engineName: string): Resource => `app/${appId}/network/${engineName}`,
	volume: (appId: number, engineName: string): Resource => `app/${appId}/volume/${engineName}`,
	image: (reference: string): Resource => `image/${encodeURIComponent(imageKeyOf(reference))}`,
	engineImage: (id: string): Resource => `image/${encodeURIComponent(id)}`,
	/** A tag moves from one image to another, so it is apart from both. */
	imageTag: (tag: string): Resource => `image-tag/${encodeURIComponent(tag)}`,
	locks: (appId: number): Resource => `app/${appId}/locks`,
	handOver: (appId: number, name: string): Resource => `app/${appId}/hand-over/${name}`,
	imageRecord: (appId: number, name: string): Resource => `app/${appId}/image/${name}`,
} as const;

/** `supervisor0`, to which any service may be connected. */
export const SUPERVISOR_NETWORK_RESOURCE: Resource = 'supervisor-network';

/** More ports than this count as all ports of the protocol: naming each would take longer than waiting. */
const PORTS_NAMED_MAX = 64;

/** Resources that only one container at a time can have: published ports, fixed addresses. */
export function contestedBy(config: ServiceConfig): readonly Resource[] {
	const found: Resource[] = [];
	for (const ports of config.portMaps.filter((map) => !isChosenByEngine(map))) {
		if (ports.externalEnd - ports.externalStart > PORTS_NAMED_MAX) {
			found.push(`host/port/${ports.protocol}`);
			continue;
		}
		for (let port = ports.externalStart; port <= ports.externalEnd; port++) {
			found.push(`host/port/${ports.protocol}/${port}`);
		}
	}
	for (const [network, { ipv4Address, ipv6Address }] of Object.entries(config.networks)) {
		for (const address of [ipv4Address, ipv6Address]) {
			if (address !== undefined && address !== '') {
				found.push(`host/address/${network}/${address}`);
			}
		}
	}
	return found;
}

/**
 * Resources that several containers may share, but that belong to the service that uses them: devices and named
 * volumes. If one moves from one service to another, its old user ends first.
 */
export function sharedBy({ devices, volumes }: ServiceConfig): readonly Resource[] {
	return [
		...devices.map(({ PathOnHost }) => `host/device/${encodeURIComponent(PathOnHost)}`),
		...volumeNamesOf(volumes).map((name) => `volume/${encodeURIComponent(name)}`),
	];
}
