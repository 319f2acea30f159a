import type { ServiceNetwork } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { camelCase } from './camel-case.ts';
import { parseMode, sharedWith } from './namespaces.ts';
import { parseTextOrList, parseTexts } from './parse-list.ts';
import { parseText } from './parse-scalar.ts';
import type { Place } from './place.ts';
import type { ServiceScope } from './service-scope.ts';
import { SUPERVISOR_NETWORK } from './supervisor-network.ts';

export type ServiceNetworks = Readonly<Record<string, ServiceNetwork>>;

const BUILT_IN_MODES: readonly string[] = ['host', 'bridge', 'none'];
const MODES_OF_OTHERS: readonly string[] = ['service', 'container'];
const ENTRY_KEYS: readonly string[] = ['aliases', 'ipv4Address', 'ipv6Address', 'linkLocalIps'];
const SHORT_ID_LENGTH = 12;

/** By engine name, each with the name of the service among its aliases (spec: compose 2.5). */
export function parseServiceNetworks(value: unknown, place: Place, scope: ServiceScope): ServiceNetworks | undefined {
	if (Array.isArray(value)) {
		const names = parseTexts(value, place) ?? [];
		return Object.fromEntries(names.map((name) => [ownNetwork(name, scope), joinedAs(scope)]));
	}
	if (!isPlainObject(value)) {
		return place.refuseValue('a list of names or a map', value);
	}
	const networks: Record<string, ServiceNetwork> = {};
	for (const [name, entry] of Object.entries(value)) {
		networks[ownNetwork(name, scope)] = parseEntry(entry ?? {}, place.key(name), scope);
	}
	return networks;
}

function ownNetwork(name: string, scope: ServiceScope): string {
	return `${scope.appUuid}_${name}`;
}

function joinedAs({ serviceName }: ServiceScope): ServiceNetwork {
	return { aliases: [serviceName] };
}

function parseEntry(value: unknown, place: Place, scope: ServiceScope): ServiceNetwork {
	if (!isPlainObject(value)) {
		place.refuseValue('a map', value);
		return {};
	}
	const entry = Object.fromEntries(Object.entries(value).map(([key, raw]) => [camelCase(key), raw]));
	for (const key of Object.keys(value)) {
		if (!ENTRY_KEYS.includes(camelCase(key))) {
			place.key(key).note(`Ignoring ${key}: a service joins a network with aliases and addresses only`);
		}
	}
	const aliases = entry['aliases'] == null ? [] : (parseTextOrList(entry['aliases'], place.key('aliases')) ?? []);
	const ipv4Address = parseAddress(entry, 'ipv4Address', place);
	const ipv6Address = parseAddress(entry, 'ipv6Address', place);
	const ips = entry['linkLocalIps'];
	const linkLocalIps = ips == null ? undefined : parseTexts(ips, place.key('link_local_ips'));
	return {
		// The engine keeps each alias once.
		aliases: [...new Set([...aliases, scope.serviceName])],
		...(ipv4Address !== undefined && { ipv4Address }),
		...(ipv6Address !== undefined && { ipv6Address }),
		...(linkLocalIps !== undefined && linkLocalIps.length > 0 && { linkLocalIps }),
	};
}

function parseAddress(entry: PlainObject, key: string, place: Place): string | undefined {
	return entry[key] == null ? undefined : parseText(entry[key], place.key(key)) || undefined;
}

/** The mode, with engine names for the app's own networks. */
export function parseNetworkMode(value: unknown, place: Place, scope: ServiceScope): string | undefined {
	const mode = parseMode(value, place);
	if (mode === undefined) {
		return undefined;
	}
	if (mode.trim().startsWith('container:')) {
		return place.note('A network_mode referencing a container is not supported. Ignoring.');
	}
	return isAppNetwork(mode) ? ownNetwork(mode, scope) : mode;
}

/** Whether a mode of compose is the name of a network of the release. */
export function isAppNetwork(mode: string): boolean {
	const [kind = ''] = mode.trim().split(':', 1);
	return mode !== '' && !BUILT_IN_MODES.includes(mode) && !(mode.includes(':') && MODES_OF_OTHERS.includes(kind));
}

/** Whether the container gets its own addresses, so that it can join further networks. */
export function isBridgeMode(mode: string): boolean {
	return mode !== 'host' && mode !== 'none' && sharedWith(mode) === undefined && !mode.startsWith('container:');
}

/** The network in which a container starts and those that it joins, from compose. */
export function joinNetworks(
	given: { readonly networkMode: string | undefined; readonly networks: ServiceNetworks },
	scope: ServiceScope,
): { readonly networkMode: string; readonly networks: ServiceNetworks } {
	const { networkMode, networks } = given;
	const [first] = Object.keys(networks);
	if (networkMode === undefined && first !== undefined) {
		return { networkMode: first, networks };
	}
	const mode = networkMode ?? ownNetwork('default', scope);
	if (BUILT_IN_MODES.includes(mode) || sharedWith(mode) !== undefined) {
		return { networkMode: mode, networks };
	}
	// A mode that names a network replaces its entry, addresses included, as in the predecessor.
	return { networkMode: mode, networks: { ...networks, [mode]: joinedAs(scope) } };
}

export function endpointBody(network: ServiceNetwork): object {
	return {
		IPAMConfig: {
			...(network.ipv4Address !== undefined && { IPv4Address: network.ipv4Address }),
			...(network.ipv6Address !== undefined && { IPv6Address: network.ipv6Address }),
			...(network.linkLocalIps !== undefined && { LinkLocalIPs: network.linkLocalIps }),
		},
		Aliases: network.aliases ?? [],
	};
}

/** The engine adds the container's short id to the aliases. */
export function readServiceNetworks(raw: unknown, containerId: string): ServiceNetworks {
	const networks: Record<string, ServiceNetwork> = {};
	for (const [name, value] of Object.entries(isPlainObject(raw) ? raw : {})) {
		networks[name] = readEndpoint(isPlainObject(value) ? value : {}, containerId);
	}
	return networks;
}

function readEndpoint(endpoint: PlainObject, containerId: string): ServiceNetwork {
	const aliases = textsOf(endpoint['Aliases']);
	const ipam = isPlainObject(endpoint['IPAMConfig']) ? endpoint['IPAMConfig'] : {};
	const { IPv4Address, IPv6Address } = ipam;
	const linkLocalIps = textsOf(ipam['LinkLocalIPs']);
	return {
		...(aliases.length > 0 && { aliases: aliases.filter((alias) => !isShortIdOf(containerId, alias)) }),
		...(typeof IPv4Address === 'string' && IPv4Address !== '' && { ipv4Address: IPv4Address }),
		...(typeof IPv6Address === 'string' && IPv6Address !== '' && { ipv6Address: IPv6Address }),
		...(linkLocalIps.length > 0 && { linkLocalIps }),
	};
}

/**
 * Whether the name is the short id by which the engine calls a container without a name. A service name may begin like
 * an id: `db`.
 */
export function isShortIdOf(containerId: string, name: string): boolean {
	return name.length === SHORT_ID_LENGTH && containerId.startsWith(name);
}

function textsOf(raw: unknown): readonly string[] {
	return Array.isArray(raw) ? raw.filter((item) => typeof item === 'string') : [];
}

/** Engine names of the networks that are the app's own. */
export function ownNetworksOf(networks: ServiceNetworks): readonly string[] {
	return Object.keys(networks).filter((name) => name !== SUPERVISOR_NETWORK && !BUILT_IN_MODES.includes(name));
}
