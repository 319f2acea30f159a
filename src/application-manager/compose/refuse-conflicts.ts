import type { ServiceConfig } from '../../domain/service.ts';
import type { WrittenKeys } from './composition-keys.ts';
import type { SetFields } from './deploy.ts';
import { sharedWith } from './namespaces.ts';
import type { Place } from './place.ts';

type Fields = { -readonly [K in keyof SetFields]: SetFields[K] };

/** Parts that the engine does not accept with the network of another container. */
const OF_NETWORK = {
	portMaps: 'ports',
	networks: 'networks',
	hostname: 'hostname',
	dns: 'dns',
	extraHosts: 'extraHosts',
	macAddress: 'macAddress',
} as const satisfies { readonly [K in keyof ServiceConfig]?: string };
const OF_NETWORK_ENTRIES = Object.entries(OF_NETWORK) as readonly (readonly [keyof typeof OF_NETWORK, string])[];

const NET_SYSCTL = /^net\./;
const IPC_SYSCTL = /^(?:fs\.mqueue\.|kernel\.(?:msg|sem|shm))/;

/**
 * Refuses combinations that no engine creates or starts: at that point the step would fail for ever (decision D21).
 * Adds a notice for values without an effect.
 */
export function refuseConflicts(fields: Fields, keys: WrittenKeys, place: Place): void {
	const at = (name: string) => place.key(keys.get(name)?.key ?? name);
	const mode = fields.networkMode?.trim() ?? '';
	const owner = sharedWith(mode);
	if (owner !== undefined) {
		const why = `the network is that of service "${owner}"`;
		for (const [field, name] of OF_NETWORK_ENTRIES.filter(([key]) => isGiven(fields[key]))) {
			const place = at(name);
			place.refuse(`${why}: give it the ${keys.get(name)?.key ?? field}`);
		}
		if (isGiven(fields.domainname)) {
			at('domainname').note(`Ignoring domainname: ${why}`);
			delete fields.domainname; // the engine drops it, and the container would always differ from the target
		}
	}
	if (mode === 'host' || mode === 'none') {
		const why = mode === 'host' ? 'the network is that of the host' : 'the service has no network';
		if (isGiven(fields.networks)) {
			at('networks').refuse(why);
		}
		if (isGiven(fields.portMaps)) {
			at('ports').note(`Ignoring ports: ${why}`);
		}
	}
	if (mode === 'host') {
		if (isGiven(fields.macAddress)) {
			at('macAddress').refuse('the network is that of the host');
		}
		refuseSysctls(fields, NET_SYSCTL, at('sysctls'), 'network');
	}
	if (fields.ipc === 'host') {
		refuseSysctls(fields, IPC_SYSCTL, at('sysctls'), 'IPC namespace');
	}
}

function refuseSysctls({ sysctls }: Fields, names: RegExp, place: Place, what: string): void {
	for (const name of Object.keys(sysctls ?? {}).filter((name) => names.test(name))) {
		place.refuse(`the ${what} is that of the host: "${name}" cannot be set`);
	}
}

function isGiven(value: Fields[keyof Fields]): boolean {
	return typeof value === 'object' ? Object.keys(value).length > 0 : value !== undefined && value !== '';
}
