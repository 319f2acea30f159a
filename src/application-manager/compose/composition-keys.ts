import type { PlainObject } from '../../lib/is-plain-object.ts';
import { camelCase } from './camel-case.ts';

/** A key of a composition as it is written there. */
export interface WrittenKey {
	readonly key: string;
	readonly value: unknown;
}

/** By name in camel case. Of two spellings of one name the last counts. */
export type WrittenKeys = ReadonlyMap<string, WrittenKey>;

export function keysOf(composition: PlainObject): WrittenKeys {
	return new Map(Object.entries(composition).map(([key, value]) => [camelCase(key), { key, value }]));
}
