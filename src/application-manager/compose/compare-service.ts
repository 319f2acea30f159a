import type {
	ContainerView,
	FieldDifference,
	ServiceConfig,
	ServiceNetwork,
	ServiceSpec,
} from '../../domain/service.ts';
import { sameUnordered, sameValue } from './compare-values.ts';
import type { Comparison } from './field-row.ts';
import { FIELD_ENTRIES, type FieldKey } from './field-table.ts';
import { describeValue } from './place.ts';
import { engineMode, NAMESPACE_FIELDS, sharedWith, type NamespaceField } from './namespaces.ts';

/**
 * The differences between the container and the target; nothing means equal (spec: compose 5.1). Not symmetric: further
 * networks of the container do not count.
 */
export function compareService(
	current: ContainerView,
	target: ServiceSpec,
	/** The current containers of the app by service name. */
	containers: ReadonlyMap<string, string>,
): readonly FieldDifference[] {
	const differences = compareConfigs(current.config, target, { containers, asText: TEXT_COUNTS });
	if (differences.length === 0 || !isTakenOver(current, target)) {
		return differences;
	}
	const earlier = [target.v19?.config, target.v19?.configOfOurs].filter((config) => config !== undefined);
	const options = { containers, asText: TEXT_COUNTED };
	return earlier.some((config) => compareConfigs(current.config, { ...target, config }, options).length === 0)
		? []
		: differences;
}

/**
 * A release never changes, so a container of this release without its new fields was created by version 19, which did
 * not know them: it gets them when it is created for another release. In local mode the uuid of the app is its id, and
 * a composition changes within one release. A container of ours with new fields has a label that shows it.
 */
function isTakenOver(current: ContainerView, { identity }: ServiceSpec): boolean {
	return (
		current.commit === identity.commit &&
		current.releaseId === identity.releaseId &&
		identity.appUuid !== String(identity.appId)
	);
}

function compareConfigs(
	current: ServiceConfig,
	target: Pick<ServiceSpec, 'config' | 'v19'>,
	namespaces: Namespaces,
): readonly FieldDifference[] {
	const differences: FieldDifference[] = [];
	for (const [key, row] of FIELD_ENTRIES) {
		const seen = current[key];
		const expected = target.config[key];
		if (!isSame(row.compare, seen, expected) && !isV19Command(key, seen, target)) {
			differences.push({ field: key, expected: describeValue(expected), seen: describeValue(seen) });
		}
	}
	compareEnvironments(current.environment, target.config.environment, differences);
	compareNetworks(current.networks, target.config.networks, differences);
	compareModes(current, target.config, namespaces, differences);
	return differences;
}

function isSame(comparison: Comparison<unknown>, current: unknown, target: unknown): boolean {
	switch (comparison) {
		case 'apart':
		case 'never':
			return true;
		case 'equal':
			return sameValue(current, target);
		case 'unordered':
			return sameUnordered(current as readonly unknown[], target as readonly unknown[]); // only lists have it
		default:
			return comparison(current, target);
	}
}

function isV19Command(key: FieldKey, seen: unknown, { v19 }: Pick<ServiceSpec, 'v19'>): boolean {
	const words = key === 'command' || key === 'entrypoint' ? v19?.[key] : undefined;
	return words !== undefined && sameValue(seen, words);
}

/** How names of services are recognised in what the engine shows. */
interface Namespaces {
	/** The current containers of the app by service name. */
	readonly containers: ReadonlyMap<string, string>;
	/** Fields for which `service:<name>` in the container is the same as in the target. */
	readonly asText: readonly NamespaceField[];
}
const TEXT_COUNTS: readonly NamespaceField[] = ['networkMode'];
/**
 * Version 19 passed `service:<name>` to the engine. For `pid`, the engine takes it and gives the container processes of
 * its own; with such an `ipc` no container ever starts, so none has to be kept.
 */
const TEXT_COUNTED: readonly NamespaceField[] = ['networkMode', 'pid'];
const NAMESPACES = Object.keys(NAMESPACE_FIELDS) as readonly NamespaceField[];

const HIDDEN = 'hidden';
const ABSENT = 'absent';

/** Names of variables only: their values are secrets. */
function compareEnvironments(
	current: ServiceConfig['environment'],
	target: ServiceConfig['environment'],
	differences: FieldDifference[],
): void {
	for (const name in target) {
		if (current[name] !== target[name]) {
			const seen = Object.hasOwn(current, name) ? HIDDEN : ABSENT;
			differences.push({ field: `environment.${name}`, expected: HIDDEN, seen });
		}
	}
	for (const name in current) {
		if (!Object.hasOwn(target, name)) {
			differences.push({ field: `environment.${name}`, expected: ABSENT, seen: HIDDEN });
		}
	}
}

function compareNetworks(
	current: ServiceConfig['networks'],
	target: ServiceConfig['networks'],
	differences: FieldDifference[],
): void {
	for (const [name, expected] of Object.entries(target)) {
		const seen = Object.hasOwn(current, name) ? current[name] : undefined;
		if (seen === undefined || !hasEndpoint(seen, expected)) {
			const shown = seen === undefined ? ABSENT : describeValue(seen);
			differences.push({ field: `networks.${name}`, expected: describeValue(expected), seen: shown });
		}
	}
}

function hasEndpoint(current: ServiceNetwork, target: ServiceNetwork): boolean {
	return (
		(target.aliases ?? []).every((alias) => current.aliases?.includes(alias)) &&
		(target.ipv4Address === undefined || target.ipv4Address === current.ipv4Address) &&
		(target.ipv6Address === undefined || target.ipv6Address === current.ipv6Address) &&
		(target.linkLocalIps === undefined || sameValue(target.linkLocalIps, current.linkLocalIps))
	);
}

/** A shared namespace is known by the container that owns it. A shared network includes the hostname. */
function compareModes(
	current: ServiceConfig,
	target: ServiceConfig,
	{ containers, asText }: Namespaces,
	differences: FieldDifference[],
): void {
	for (const field of NAMESPACES) {
		const expected = engineMode(target[field], containers);
		const isEqualAsText = asText.includes(field) && current[field] === target[field];
		if (current[field] !== expected && !isEqualAsText) {
			differences.push({ field, expected: expected ?? target[field], seen: current[field] });
		}
	}
	if (sharedWith(target.networkMode) === undefined && current.hostname !== target.hostname) {
		differences.push({ field: 'hostname', expected: target.hostname, seen: current.hostname });
	}
}
