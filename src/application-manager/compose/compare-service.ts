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
import { sharedWith } from './service-networks.ts';

/**
 * In what the container is not what the target asks for; nothing means equal (spec: compose 5.1). Not symmetric: what
 * the container has beyond the target's networks does not count.
 */
export function compareService(
	current: ContainerView,
	target: ServiceSpec,
	/** The current containers of the app by service name. */
	containers: ReadonlyMap<string, string>,
): readonly FieldDifference[] {
	const differences = compareConfigs(current.config, target, containers);
	if (differences.length > 0 && target.v19?.config !== undefined && isTakenOver(current, target)) {
		const asV19 = compareConfigs(current.config, { ...target, config: target.v19.config }, containers);
		return asV19.length === 0 ? [] : differences;
	}
	return differences;
}

/**
 * A release never changes, so a container of this very release that lacks its new fields was made by version 19, which
 * did not know them: it gets them when it is made for another release. In local mode, which has the app's id for its
 * uuid, a composition changes within one release. A container of ours with new fields has a label that gives it away.
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
	containers: ReadonlyMap<string, string>,
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
	compareModes(current, target.config, containers, differences);
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

/** A shared network is known by the container that it belongs to; the hostname comes with it. */
function compareModes(
	current: ServiceConfig,
	target: ServiceConfig,
	containers: ReadonlyMap<string, string>,
	differences: FieldDifference[],
): void {
	const shared = sharedWith(target.networkMode);
	const owner = shared === undefined ? undefined : containers.get(shared);
	const expected = owner === undefined ? target.networkMode : `container:${owner}`;
	if (current.networkMode !== expected && current.networkMode !== target.networkMode) {
		differences.push({ field: 'networkMode', expected, seen: current.networkMode });
	}
	if (shared === undefined && current.hostname !== target.hostname) {
		differences.push({ field: 'hostname', expected: target.hostname, seen: current.hostname });
	}
}
