import type { Random } from './random.ts';

/** How an answer of an engine of another maker, or of another version, may differ from a complete one. */
const CUTS = ['removed', 'null', 'empty'] as const;
export type Cut = (typeof CUTS)[number];

type Holder = Record<string | number, unknown>;

/** Cuts a random member at any depth out of a JSON value, in place. Returns what was done: `State.Status null`. */
export function pruneOnce(root: object, random: Random, depthMax = 12): string {
	let holder = root as Holder; // its members are named below, one by one
	const path: string[] = [];
	for (let depth = 1; ; depth += 1) {
		const keys = Object.keys(holder);
		if (keys.length === 0) {
			return `${path.join('.')} is empty already`;
		}
		const key = random.pick(keys);
		path.push(key);
		const inner = holder[key];
		const goesDeeper = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
		if (!goesDeeper || depth >= depthMax || random.chance(0.25)) {
			return `${path.join('.')} ${cut(holder, key, random.pick(CUTS))}`;
		}
		holder = inner as Holder; // just checked
	}
}

/** By its path. */
export function cutAt(root: object, path: string, how: Cut): void {
	const keys = path.split('.');
	const last = keys.pop() ?? '';
	const holder = keys.reduce((value, key) => value[key] as Holder, root as Holder);
	cut(holder, last, how);
}

/** An item of a list is not removed: that would be another state of the engine, and a complete answer. */
function cut(holder: Holder, key: string, how: Cut): Cut {
	const value = holder[key];
	if (how === 'removed' && !Array.isArray(holder)) {
		Reflect.deleteProperty(holder, key);
	} else {
		holder[key] = how === 'empty' ? emptyOf(value) : null;
	}
	return how;
}

function emptyOf(value: unknown): unknown {
	if (Array.isArray(value)) return [];
	if (typeof value === 'object') return {};
	return typeof value === 'string' ? '' : null;
}
