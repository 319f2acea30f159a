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
	const differences: FieldDifference[] = [];
	for (const [key, row] of FIELD_ENTRIES) {
		const seen = current.config[key];
		const expected = target.config[key];
		if (!isSame(row.compare, seen, expected) && !isV19Command(key, seen, target)) {
			differences.push({ field: key, expected: describeValue(expected), seen: describeValue(seen) });
		}
	}
	compareEnvironments(current.config.environment, target.config.environment, differences);
	compareNetworks(current.config.networks, target.config.networks, differences);
	compareModes(current.config, target.config, containers, differences);
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

function isV19Command(key: FieldKey, seen: unknown, { v19 }: ServiceSpec): boolean {
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
