import type { JsonPlace } from './json-place.ts';

/**
 * Readers for the base types of a target (spec: cloud-api 6.2). A reader always gives a value of its type; if the input is
 * something else it says so at its place, and the whole input is refused in the end.
 */
export type Reader<T> = (value: unknown, at: JsonPlace) => T;
export type JsonObject = Readonly<Record<string, unknown>>;

interface NameType {
	readonly what: string;
	readonly pattern: RegExp;
}

export const CONFIG_NAME: NameType = {
	what: 'a name of letters, digits, "_" and ":" that does not begin with a digit',
	pattern: /^[a-zA-Z_][a-zA-Z0-9_:]*$/,
};
export const VARIABLE_NAME: NameType = {
	what: 'a name of letters, digits and "_" that does not begin with a digit',
	pattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
};
export const LABEL_NAME: NameType = {
	what: 'a name of printable ASCII characters without blanks and quotes',
	pattern: /^[\x21\x23-\x26\x28-\x5F\x61-\x7E]+$/,
};
export const DOCKER_NAME: NameType = {
	what: 'a name of letters, digits, "_", "." and "-" that begins with a letter or digit',
	pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/,
};
/** Neither form nor length is asked of uuids and commits. */
export const ANY_NAME: NameType = { what: 'a name', pattern: /^/ };

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
export const readObject: Reader<JsonObject> = (value, at) => {
	if (isObject(value) && !Array.isArray(value)) {
		return value;
	}
	at.refuse('an object', value);
	return {};
};

/** Lists are tolerated, as they were by every version before. */
export const readObjectOrList: Reader<object> = (value, at) => {
	if (isObject(value)) {
		return value;
	}
	at.refuse('an object', value);
	return {};
};

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

/** An own member: what every object inherits is not in the input. */
export function memberOf(object: JsonObject, name: string): unknown {
	return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null;
}
