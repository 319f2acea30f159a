import isEqual from 'lodash/isEqual.js';
import { isPlainObject, type PlainObject } from '../lib/is-plain-object.ts';

/** One property of config.json. `before`: what its writer knew. `after`: `undefined` removes it. */
export interface PropertyChange {
	readonly before?: unknown;
	readonly after?: unknown;
}

/** By name. */
export type PropertyChanges = Readonly<Record<string, PropertyChange>>;

/** Changes these properties only; order and all others stay (decision D15). */
export function applyChanges(properties: PlainObject, changes: PropertyChanges): PlainObject {
	const result: Record<string, unknown> = { ...properties };
	for (const [name, { before, after }] of Object.entries(changes)) {
		if (after === undefined) {
			Reflect.deleteProperty(result, name);
		} else {
			result[name] = mergeValue(before, after, result[name]);
		}
	}
	return result;
}

/** A second change of a property leaves what the first one was compared with. */
export function addChanges(first: PropertyChanges, second: PropertyChanges): PropertyChanges {
	const added = Object.entries(second).map(([name, change]) => {
		const { before } = first[name] ?? change;
		return [
			name,
			{ ...(before !== undefined && { before }), ...(change.after !== undefined && { after: change.after }) },
		];
	});
	return { ...first, ...(Object.fromEntries(added) as PropertyChanges) }; // built from pairs of name and change
}

/** The changes that make one of these of the other. */
export function compareProperties(before: PlainObject, after: PlainObject): PropertyChanges {
	const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
	return Object.fromEntries(
		names
			.filter((name) => !isEqual(before[name], after[name]))
			.map((name) => [name, { before: before[name], after: after[name] }]),
	);
}

/** Other programs keep their own parts of an object (`os`): only what differs from `before` is changed. */
function mergeValue(before: unknown, after: unknown, theirs: unknown): unknown {
	if (!isPlainObject(after) || !isPlainObject(theirs) || !isPlainObject(before)) {
		return structuredClone(after);
	}
	return applyChanges(theirs, compareProperties(before, after));
}
