import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { Place } from './place.ts';

/**
 * Environment or labels: a map, or a list of `KEY=VALUE` where a missing value is empty, as null is (spec: compose
 * C11). Issues do not repeat the value, because it may be a secret.
 */
export function parsePairs(value: unknown, place: Place): Readonly<Record<string, string>> | undefined {
	if (Array.isArray(value)) {
		return parseList(value, place);
	}
	if (!isPlainObject(value)) {
		return place.refuse('expected a map or a list of KEY=VALUE');
	}
	const pairs: Record<string, string> = {};
	for (const [key, raw] of Object.entries(value)) {
		switch (typeof raw) {
			case 'string':
				pairs[key] = raw;
				break;
			case 'number':
			case 'boolean':
				pairs[key] = String(raw);
				break;
			default:
				pairs[key] = '';
				if (raw != null) {
					place.key(key).refuse('expected text');
				}
		}
	}
	return pairs;
}

function parseList(list: readonly unknown[], place: Place): Readonly<Record<string, string>> {
	const pairs: Record<string, string> = {};
	for (const [index, item] of list.entries()) {
		if (typeof item === 'string') {
			const { key, value } = splitPair(item);
			pairs[key] = value ?? '';
		} else if (item != null) {
			place.item(index).refuse('expected KEY=VALUE');
		}
	}
	return pairs;
}

/** Splits at the first `=`; the value may be empty or contain line breaks. */
export function splitPair(text: string): { readonly key: string; readonly value: string | undefined } {
	const at = text.indexOf('=');
	return at === -1 ? { key: text, value: undefined } : { key: text.slice(0, at), value: text.slice(at + 1) };
}
