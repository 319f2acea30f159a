import { normalize } from 'node:path/posix';
import type { Place } from './place.ts';

/** `undefined` means that the field takes its default; the place holds the issue or notice. */
export type Parse<T> = (value: unknown, place: Place) => T | undefined;

/** An object may have a `toString` member that is no function, so it has no text here. */
export function textOfScalar(value: unknown): string {
	return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** YAML makes a number of an unquoted `user: 1000`. */
export function parseText(value: unknown, place: Place): string | undefined {
	switch (typeof value) {
		case 'string':
			return value;
		case 'number':
			return String(value);
		default:
			return place.refuseValue('text', value);
	}
}

/** The engine fills in an empty text by itself, so empty means absent (spec: compose C18). */
export function parseTextOrEmpty(value: unknown, place: Place): string | undefined {
	return parseText(value, place) || undefined;
}

/** Anything counts as true, also the text `false`, as in the predecessor, whose containers must compare equal. */
export function parseTruth(value: unknown, place: Place): boolean {
	if (typeof value === 'string' && FALSE_WORDS.test(value)) {
		place.note(`The text "${value}" counts as true: write false without quotes`);
	}
	return Boolean(value);
}

const FALSE_WORDS = /^\s*(?:false|no|off|0|n)\s*$/i;

/** For fields where it would be dangerous to take the text `false` for true. */
export function parseFlag(value: unknown, place: Place): boolean | undefined {
	if (value === true || value === 'true') {
		return true;
	}
	return value === false || value === 'false' ? false : place.refuseValue('true or false', value);
}

/** Zero means "no limit" to the engine, like absence. */
export function parseInteger(value: unknown, place: Place): number | undefined {
	const number = integerOf(value);
	return number ?? place.note('Ignoring a value that is not an integer');
}

export function integerOf(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^[+-]?\d+\.?$/.test(value.trim()) ? Number(value) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) ? number + 0 : undefined;
}

/** Outside of its range the engine would refuse the whole container. */
export function integerIn(min: number, max: number): Parse<number> {
	return (value, place) => {
		const number = integerOf(value);
		return number !== undefined && number >= min && number <= max
			? number
			: place.note(`Ignoring a value that is not an integer from ${min} to ${max}`);
	};
}

export function parseChoice(...choices: readonly string[]): Parse<string> {
	return (value, place) =>
		choices.find((choice) => choice === value) ?? place.note(`Ignoring a value that is not ${choices.join(' or ')}`);
}

/** A processor count, as billionths of a processor. */
export function parseProcessors(value: unknown, place: Place): number | undefined {
	const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof count !== 'number' || !Number.isFinite(count)) {
		return place.note('config.cpus value cannot be parsed. Ignoring.');
	}
	return Math.round(count * 1e9);
}

const BYTES = /^([0-9]+)([bkmg]?)b?$/i;
const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `64kb`, `1G`, a number. Fractions and other units fall back to the default (spec: compose 2.4.1). */
export function parseBytes(value: unknown, place: Place): number | undefined {
	const [, digits, unit] = BYTES.exec(textOfScalar(value)) ?? [];
	const bytes = Number(digits) * (UNIT_BYTES[unit?.toLowerCase() ?? ''] ?? NaN);
	if (digits === undefined || !Number.isSafeInteger(bytes)) {
		return place.note('Ignoring a size that is not <number>[b|k|m|g]');
	}
	return bytes;
}

/** The engine reports a cleaned path once the container has started, and that of the image for an empty one. */
export function parseDirectory(value: unknown, place: Place): string | undefined {
	const path = parseText(value, place);
	return path === undefined || path === '' ? undefined : cleanPath(path);
}

/** Lexically: no `.`, no `..`, no repeated and no trailing slash. */
export function cleanPath(path: string): string {
	const clean = normalize(path).replace(/(?<=.)\/$/s, '');
	return clean === '.' ? '' : clean;
}
