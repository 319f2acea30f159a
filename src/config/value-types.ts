import type { Decoded } from '../domain/issue.ts';

/** How a value of a setting is told from a wrong one, whatever form it was stored or sent in (spec: config 2). */
export interface ValueType<T> {
	decode(value: unknown): Decoded<T>;
	/** The form in which it is kept in the database. */
	encode(value: T): string;
}

export const STRING: ValueType<string> = {
	decode: (value) => (typeof value === 'string' ? valid(value) : invalid('not a string')),
	encode: (value) => value,
};

export const BOOL: ValueType<boolean> = {
	decode: (value) => {
		const truth = value == null ? false : parseTruth(value);
		return truth === undefined ? invalid('neither true nor false') : valid(truth);
	},
	encode: String,
};

/** Texts count up to the first character that is not a digit: `3000ms` is 3000, `1e3` is 1. */
export const NUMBER: ValueType<number> = {
	decode: (value) => {
		const number = typeof value === 'string' ? Number.parseInt(value, 10) : value;
		return typeof number === 'number' && Number.isFinite(number) ? valid(number) : invalid('not a number');
	},
	encode: String,
};

/** An object with any content, as it stands in config.json; a copy, so that the original cannot be changed. */
export const MAP: ValueType<Readonly<Record<string, unknown>>> = {
	decode: (value) => (isObject(value) ? valid(structuredClone(value)) : invalid('not an object')),
	encode: (value) => JSON.stringify(value),
};

interface PinnedRelease {
	readonly app: number;
	readonly commit: string;
}

export const PINNED_RELEASE = jsonType<PinnedRelease>(
	(value) => isRecord(value) && typeof value['app'] === 'number' && typeof value['commit'] === 'string',
);

export const TEXT_MAP = jsonType<Readonly<Record<string, string>>>(
	(value) => isRecord(value) && Object.values(value).every((text) => typeof text === 'string'),
);

/** `1`, `true`, `on` and `0`, `false`, `off` in any letter case and of any scalar type; else `undefined`. */
export function parseTruth(value: unknown): boolean | undefined {
	switch (typeof value === 'string' ? value.toLowerCase() : value) {
		case '1':
		case 'true':
		case 'on':
		case true:
		case 1:
			return true;
		case '0':
		case 'false':
		case 'off':
		case false:
		case 0:
			return false;
		default:
			return undefined;
	}
}

/** A value, or its JSON text. */
function jsonType<T>(matches: (value: unknown) => boolean): ValueType<T> {
	return {
		decode: (value) => {
			const parsed = typeof value === 'string' ? parseJson(value) : valid(value);
			if (!parsed.ok) {
				return parsed;
			}
			// `matches` has just looked at each part of T.
			return matches(parsed.value) ? valid(parsed.value as T) : invalid('not of the expected form');
		},
		encode: (value) => JSON.stringify(value),
	};
}

function parseJson(text: string): Decoded<unknown> {
	try {
		return valid(JSON.parse(text));
	} catch {
		return invalid('not JSON'); // the text may hold a secret, so the parser's message, which quotes it, is dropped
	}
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return isObject(value) && !Array.isArray(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

function valid<T>(value: T): Decoded<T> {
	return { ok: true, value };
}

function invalid(message: string): Decoded<never> {
	return { ok: false, issues: [{ path: '', message }] };
}
