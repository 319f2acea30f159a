import { integerOf } from './parse-scalar.ts';
import type { Place } from './place.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
	ns: 1e-6,
	us: 1e-3,
	µs: 1e-3, // micro sign
	μs: 1e-3, // Greek mu
	ms: 1,
	s: 1000,
	m: 60_000,
	h: 3_600_000,
	d: 86_400_000,
	w: 604_800_000,
};
const GROUP = /\s*(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/y;

/**
 * `1m30s`, `1.5s`, `-2h`; a number is milliseconds, as in version 19. Whole milliseconds, rounded down; `undefined` if
 * it is no duration, like a bare number in a text (spec: compose 2.4.2).
 */
function parseDurationMs(value: unknown): number | undefined {
	if (typeof value === 'number') {
		return Number.isFinite(value) ? Math.floor(value) : undefined;
	}
	if (typeof value !== 'string') {
		return undefined;
	}
	const text = value.trim();
	if (/^[+-]?0$/.test(text)) {
		return 0;
	}
	const sign = text.startsWith('-') ? -1 : 1;
	const groups = text.replace(/^[+-]/, '');
	const ms = sumGroups(groups);
	// Adding zero turns -0 into 0: -0 would not be equal to the value that the engine reports.
	return ms === undefined ? undefined : Math.floor(sign * ms) + 0;
}

function sumGroups(text: string): number | undefined {
	const group = new RegExp(GROUP);
	let ms = 0;
	let end = 0;
	for (let match = group.exec(text); match !== null; match = group.exec(text)) {
		ms += Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? NaN);
		end = group.lastIndex;
	}
	return end > 0 && end === text.length && Number.isFinite(ms) ? ms : undefined;
}

/**
 * To people a bare number is seconds, to version 19 it was milliseconds. It gives a notice, and the default counts
 * (decision D25). Zero needs no unit.
 */
export function parseUnitDurationMs(value: unknown, place: Place): number | undefined {
	if (typeof value === 'number' && value !== 0) {
		return place.note(`Ignoring ${value}, a time without a unit: write "${value}s" for seconds`);
	}
	return parseDurationMs(value) ?? place.refuseValue('a duration such as 1m30s', value);
}

/** Whole seconds: a fraction is dropped, here as in the engine. */
export function parseGracePeriod(value: unknown, place: Place): number | undefined {
	const ms = parseUnitDurationMs(value, place);
	return ms === undefined ? undefined : wholeSeconds(ms);
}

export function gracePeriodAsV19(value: unknown): number | undefined {
	const ms = typeof value === 'number' && value !== 0 ? parseDurationMs(value) : undefined;
	return ms === undefined ? undefined : wholeSeconds(ms);
}

function wholeSeconds(ms: number): number {
	return Math.floor(ms / 1000) + 0;
}

/** A number, also as text, is microseconds already. */
export function parseMicroseconds(value: unknown, place: Place): number | undefined {
	const ms = typeof value === 'string' ? parseDurationMs(value) : undefined;
	const number = ms === undefined ? integerOf(value) : ms * 1000;
	return number !== undefined && number >= 0 ? number : place.note('Ignoring a value that is no time');
}
