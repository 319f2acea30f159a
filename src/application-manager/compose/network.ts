import type { Decoded } from '../../domain/issue.ts';
import type { NetworkConfig, NetworkSpec, NetworkView } from '../../domain/engine-objects.ts';
import type { FieldDifference } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import type { NetworkInspection } from '../../ports/engine.ts';
import { compareFields } from './compare-values.ts';
import { isEngineName, NAME_CHARACTERS } from './engine-name.ts';
import { normaliseLabels, parseLabels, readLabels, type Labels } from './labels.ts';
import { parseItems } from './parse-list.ts';
import { parseFlag, parseText } from './parse-scalar.ts';
import { NEWER_ENGINE, noteForeignName, noteOtherKeys, type Place } from './place.ts';

type IpamEntry = NetworkConfig['ipam']['config'][number];

const SUPERVISED = 'io.balena.supervised';
const APP_ID = 'io.balena.app-id';
/** Makes a network with addresses that the user chose differ from one with addresses that the engine chose. */
const CUSTOM_IPAM = 'io.balena.private.ipam.config';

const KEYS = [
	'driver',
	'driver_opts',
	'ipam',
	'enable_ipv4',
	'enable_ipv6',
	'internal',
	'attachable',
	'labels',
	'config_only',
	'name',
	'external',
];

/** A network of a compose file; its keys are taken literally (spec: compose 6.1). */
export function parseNetwork(
	value: unknown,
	place: Place,
	ids: Pick<NetworkSpec, 'appId' | 'appUuid' | 'networkName'>,
): NetworkSpec {
	const engineName = `${ids.appUuid}_${ids.networkName}`;
	if (ids.networkName === '' || !isEngineName(ids.networkName, '')) {
		place.refuse(`expected a name of ${NAME_CHARACTERS}`);
	}
	if (value != null && !isPlainObject(value)) {
		place.refuseValue('a map', value);
	}
	const source = isPlainObject(value) ? value : {};
	noteForeignName(source, place, 'network');
	noteOtherKeys(source, place, KEYS, `a network has ${KEYS.join(', ')}`);
	if (source['enable_ipv4'] === false) {
		place.key('enable_ipv4').note(`Ignoring enable_ipv4: ${NEWER_ENGINE} (API 1.48)`);
	}
	const ipam = parseIpam(source['ipam'] ?? {}, place.key('ipam'));
	const labels = valueOf(source, 'labels', place, parseLabels) ?? {};
	const config: NetworkConfig = {
		driver: valueOf(source, 'driver', place, parseText) || 'bridge',
		ipam,
		enableIPv6: valueOf(source, 'enable_ipv6', place, parseFlag) ?? false,
		internal: valueOf(source, 'internal', place, parseFlag) ?? false,
		labels: {
			...(ipam.config.length > 0 && { [CUSTOM_IPAM]: 'true' }),
			...withoutSupervised(normaliseLabels(labels)),
			[APP_ID]: String(ids.appId),
		},
		options: valueOf(source, 'driver_opts', place, parseOptions) ?? {},
		configOnly: valueOf(source, 'config_only', place, parseFlag) ?? false,
		...(valueOf(source, 'attachable', place, parseFlag) === true && { attachable: true }),
	};
	return { ...ids, engineName, config };
}

function withoutSupervised(labels: Labels): Labels {
	return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== SUPERVISED));
}

function valueOf<T>(
	source: PlainObject,
	key: string,
	place: Place,
	parse: (value: unknown, at: Place) => T | undefined,
): T | undefined {
	return source[key] == null ? undefined : parse(source[key], place.key(key));
}

/** The engine takes only texts; YAML makes numbers of texts that look like one. */
export function parseOptions(value: unknown, place: Place): Readonly<Record<string, string>> | undefined {
	if (!isPlainObject(value)) {
		return place.refuseValue('a map', value);
	}
	const options: Record<string, string> = {};
	for (const [key, raw] of Object.entries(value)) {
		const text = typeof raw === 'boolean' ? String(raw) : raw == null ? '' : parseText(raw, place.key(key));
		options[key] = text ?? '';
	}
	return options;
}

function parseIpam(value: unknown, place: Place): NetworkConfig['ipam'] {
	if (!isPlainObject(value)) {
		place.refuseValue('a map', value);
		return { driver: 'default', config: [], options: {} };
	}
	noteOtherKeys(value, place, ['driver', 'config', 'options'], 'ipam has driver, config and options');
	return {
		driver: valueOf(value, 'driver', place, parseText) || 'default',
		config:
			valueOf(value, 'config', place, (raw, at) => {
				const config = parseItems(raw, at, parseIpamEntry);
				if (config?.some(({ subnet, gateway }) => subnet === undefined || gateway === undefined)) {
					at.note(
						'Network IPAM config entries must have both a subnet and gateway defined. Your network might not work properly otherwise.',
					);
				}
				return config;
			}) ?? [],
		options: valueOf(value, 'options', place, parseOptions) ?? {},
	};
}

const IPAM_KEYS = ['subnet', 'gateway', 'ip_range', 'aux_addresses'];

function parseIpamEntry(value: unknown, place: Place): IpamEntry | undefined {
	if (!isPlainObject(value)) {
		return place.refuseValue('a map with subnet and gateway', value);
	}
	noteOtherKeys(value, place, IPAM_KEYS, `an entry has ${IPAM_KEYS.join(', ')}`);
	return ipamEntry({
		subnet: valueOf(value, 'subnet', place, parseText),
		gateway: valueOf(value, 'gateway', place, parseText),
		ipRange: valueOf(value, 'ip_range', place, parseText),
		auxAddress: valueOf(value, 'aux_addresses', place, parseOptions),
	});
}

function ipamEntry(parts: {
	readonly subnet: string | undefined;
	readonly gateway: string | undefined;
	readonly ipRange: string | undefined;
	readonly auxAddress: Readonly<Record<string, string>> | undefined;
}): IpamEntry {
	const { subnet, gateway, ipRange, auxAddress } = parts;
	return {
		...(subnet && { subnet }),
		...(gateway && { gateway }),
		...(ipRange && { ipRange }),
		...(auxAddress && Object.keys(auxAddress).length > 0 && { auxAddress }),
	};
}

export function networkBody({ engineName, config }: NetworkSpec): object {
	return {
		Name: engineName,
		Driver: config.driver,
		CheckDuplicate: true,
		Options: config.options,
		IPAM: {
			Driver: config.ipam.driver,
			Config: config.ipam.config.map(({ subnet, gateway, ipRange, auxAddress }) => ({
				...(subnet !== undefined && { Subnet: subnet }),
				...(gateway !== undefined && { Gateway: gateway }),
				...(ipRange !== undefined && { IPRange: ipRange }),
				...(auxAddress !== undefined && { AuxiliaryAddresses: auxAddress }),
			})),
			Options: config.ipam.options,
		},
		EnableIPv6: config.enableIPv6,
		Internal: config.internal,
		Labels: { [SUPERVISED]: 'true', ...config.labels },
		ConfigOnly: config.configOnly,
		...(config.attachable === true && { Attachable: true }),
	};
}

/**
 * One of our networks by its label; `undefined` for all others. A name without an app gives an issue (spec: compose 1).
 */
export function readNetwork(inspection: NetworkInspection): Decoded<NetworkView> | undefined {
	const labels = normaliseLabels(readLabels(inspection.Labels));
	if (!Object.hasOwn(labels, SUPERVISED)) {
		return undefined;
	}
	const { Name, Unreadable } = inspection;
	return Unreadable === undefined
		? readOwnNetwork(inspection, labels)
		: { ok: false, issues: [{ path: `networks.${Name}`, message: Unreadable }] };
}

function readOwnNetwork(inspection: NetworkInspection, labels: Labels): Decoded<NetworkView> {
	const { Name, IPAM } = inspection;
	const ids = parseNetworkName(Name, labels[APP_ID]);
	if (typeof ids === 'string') {
		return { ok: false, issues: [{ path: `networks.${Name}`, message: ids }] };
	}
	const config: NetworkConfig = {
		driver: inspection.Driver,
		ipam: {
			driver: IPAM.Driver || 'default',
			config: (IPAM.Config ?? []).map(readIpamEntry),
			options: IPAM.Options ?? {},
		},
		enableIPv6: inspection.EnableIPv6,
		internal: inspection.Internal,
		labels: withoutSupervised(labels),
		options: inspection.Options ?? {},
		configOnly: inspection.ConfigOnly ?? false,
	};
	return { ok: true, value: { ...ids, networkId: inspection.Id, engineName: Name, config } };
}

function readIpamEntry(raw: PlainObject): IpamEntry {
	const text = (key: string) => (typeof raw[key] === 'string' ? raw[key] : undefined);
	const auxiliary = raw['AuxiliaryAddresses'];
	return ipamEntry({
		subnet: text('Subnet'),
		gateway: text('Gateway'),
		ipRange: text('IPRange'),
		auxAddress: isPlainObject(auxiliary) ? readLabels(auxiliary) : undefined,
	});
}

type NetworkIds = Pick<NetworkView, 'appId' | 'appUuid' | 'networkName'>;

/**
 * Networks without the label begin with the id of the app, all others with its uuid, which local mode writes in digits.
 */
function parseNetworkName(name: string, appIdLabel: string | undefined): NetworkIds | string {
	const [, prefix, networkName] = /^([0-9a-fA-F]+)_(.+)$/s.exec(name) ?? [];
	if (prefix === undefined || networkName === undefined) {
		return `Invalid network name: ${name}`;
	}
	if (appIdLabel !== undefined && /^\d+$/.test(appIdLabel)) {
		return { appId: Number(appIdLabel), appUuid: prefix, networkName };
	}
	return /^\d+$/.test(prefix) ? { appId: Number(prefix), networkName } : `Could not read app id from network: ${name}`;
}

/** What the engine chooses by itself is not compared (spec: compose 6.3). */
export function compareNetwork(current: NetworkView, target: NetworkSpec): readonly FieldDifference[] {
	const { config: wanted } = target;
	const seen: NetworkConfig = {
		...current.config,
		...(wanted.attachable === true && { attachable: true as const }),
		...(wanted.configOnly && { driver: wanted.driver }),
		...(wanted.ipam.config.length === 0 && { ipam: { ...current.config.ipam, config: [] } }),
	};
	return compareFields(seen, wanted);
}
