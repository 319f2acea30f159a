import isEqual from 'lodash/isEqual.js';
import type { FieldDifference } from '../../domain/service.ts';
import { describeValue } from './place.ts';

export function sameValue(a: unknown, b: unknown): boolean {
	return a === b || (typeof a === 'object' && typeof b === 'object' && isEqual(a, b));
}

/** Texts in any order; records in their own order (spec: compose 5.1). */
export function sameUnordered(a: readonly unknown[], b: readonly unknown[]): boolean {
	if (a.length !== b.length) {
		return false;
	}
	if (a.every((item, index) => sameValue(item, b[index]))) {
		return true;
	}
	const [textsA, textsB] = [textsOf(a), textsOf(b)];
	return (
		sameValue(textsA.sort(), textsB.sort()) &&
		sameValue(
			a.filter((item) => typeof item !== 'string'),
			b.filter((item) => typeof item !== 'string'),
		)
	);
}

function textsOf(list: readonly unknown[]): string[] {
	return list.filter((item) => typeof item === 'string');
}

/** Newer engines show `CAP_NET_ADMIN` for `net_admin`. */
export function sameCapabilities(a: readonly string[], b: readonly string[]): boolean {
	return sameUnordered(a, b) || sameUnordered(a.map(capabilityName), b.map(capabilityName));
}

function capabilityName(name: string): string {
	return name.toUpperCase().replace(/^CAP_/, '');
}

/** Field by field. A field that only one side has is a difference too. */
export function compareFields(current: object, target: object): readonly FieldDifference[] {
	const [seen, wanted] = [new Map(Object.entries(current)), new Map(Object.entries(target))];
	return [...new Set([...wanted.keys(), ...seen.keys()])]
		.filter((field) => !sameValue(seen.get(field), wanted.get(field)))
		.map((field) => ({
			field,
			expected: describeValue(wanted.get(field)),
			seen: describeValue(seen.get(field)),
		}));
}
