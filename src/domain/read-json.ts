import { isPlainObject, type PlainObject } from '../lib/is-plain-object.ts';
import type { JsonPlace } from './json-place.ts';

/**
 * Readers for the base types of JSON from outside: targets (spec: cloud-api 6.2), contracts. A reader always returns a
 * value of its type; for other input it adds an issue with the path, and the whole input is refused in the end.
 */
export type Reader<T> = (value: unknown, at: JsonPlace) => T;
/** What the names of a map look like. */
export interface NameType {
	readonly what: string;
	readonly pattern: RegExp;
}

const SHORT_LENGTH_MAX = 255;

export const readString: Reader<string> = (value, at) => {
	if (typeof value === 'string') {
		return value;
	}
	at.refuse('a string', value);
	return '';
};

export const readShortString: Reader<string> = (value, at) => {
	const text = readString(value, at);
	if (text.length > SHORT_LENGTH_MAX) {
		at.refuse(`at most ${SHORT_LENGTH_MAX} characters`, text);
	}
	return text;
};

export const readDeviceName: Reader<string> = (value, at) => {
	const text = readShortString(value, at);
	if (text.includes('\n')) {
		at.refuse('a name on one line', text);
	}
	return text;
};

export const readBoolean: Reader<boolean> = (value, at) => {
	if (typeof value !== 'boolean') {
		at.refuse('true or false', value);
	}
	return value === true;
};

/** `5`, `"5"`, `"007"`, `" 1"`, but neither `"0x10"` nor `"1e3"` nor `""`. */
export const readId: Reader<number> = (value, at) => {
	const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
	if (!(number >= 0) || number !== parseInt(String(value), 10)) {
		at.refuse('a whole number of 0 or more', value);
		return 0;
	}
	return number + 0; // "-0" counts as 0
};

export function readChoice<T extends string>(choices: readonly T[], fallback: T): Reader<T> {
	return (value, at) => {
		const found = choices.find((choice) => choice === value);
		if (found === undefined) {
			at.refuse(`one of ${choices.join(', ')}`, value);
		}
		return found ?? fallback;
	};
}

/** A map: no list, no null. */
export const readObject: Reader<PlainObject> = (value, at) => {
	if (isPlainObject(value)) {
		return value;
	}
	at.refuse('an object', value);
	return {};
};

/** Lists are accepted too, as in every earlier version. */
export const readObjectOrList: Reader<object> = (value, at) => {
	if (typeof value === 'object' && value !== null) {
		return value;
	}
	at.refuse('an object', value);
	return {};
};

/** `what`: a plural, for the sentence "expected a list of …". */
export function readList<T>(what: string, readItem: Reader<T | undefined>): Reader<readonly T[]> {
	return (value, at) => {
		if (!Array.isArray(value)) {
			at.refuse(`a list of ${what}`, value);
			return [];
		}
		return value.flatMap((item: unknown, index) => readItem(item, at.item(index)) ?? []);
	};
}

/** Own members only. `Object.fromEntries` makes an own member of `__proto__` too. */
export function readMap<T>(name: NameType, readValue: Reader<T>): Reader<Readonly<Record<string, T>>> {
	return (value, at) =>
		Object.fromEntries(
			Object.entries(readObject(value, at)).map(([key, item]) => {
				const place = at.key(key);
				if (key.length > SHORT_LENGTH_MAX || !name.pattern.test(key)) {
					place.refuse(name.what, key);
				}
				return [key, readValue(item, place)];
			}),
		);
}

/** For members that are missing or null. */
export function readOr<T>(fallback: T, read: Reader<T>): Reader<T> {
	return (value, at) => (value === undefined || value === null ? fallback : read(value, at));
}

/** For members that are missing: null is refused. */
export function readOptional<T>(read: Reader<T>): Reader<T | undefined> {
	return (value, at) => (value === undefined ? undefined : read(value, at));
}

/** An own member: members that every object inherits are not part of the input. */
export function memberOf(object: PlainObject, name: string): unknown {
	return Object.hasOwn(object, name) ? object[name] : undefined;
}
