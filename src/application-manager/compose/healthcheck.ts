import type { Healthcheck } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { parseUnitDurationMs } from './parse-duration.ts';
import { parseTexts } from './parse-list.ts';
import { integerOf } from './parse-scalar.ts';
import { describeValue, nowhere, type Place } from './place.ts';

const NS_PER_MS = 1e6;

/** Field of the model → field of the engine. The engine takes zero for "not set", and does not report it. */
const NUMBERS = {
	interval: 'Interval',
	timeout: 'Timeout',
	startPeriod: 'StartPeriod',
	startInterval: 'StartInterval',
	retries: 'Retries',
} as const;
type NumberField = keyof typeof NUMBERS;
const NUMBER_FIELDS = Object.keys(NUMBERS) as readonly NumberField[]; // keys of the constant above

const COMPOSE_KEYS: Readonly<Record<string, NumberField | 'test' | 'disable'>> = {
	test: 'test',
	disable: 'disable',
	interval: 'interval',
	timeout: 'timeout',
	retries: 'retries',
	start_period: 'startPeriod',
	startPeriod: 'startPeriod',
	start_interval: 'startInterval',
	startInterval: 'startInterval',
};

/** The fields that compose sets; the image sets the others (spec: compose 2.4.6). */
type HealthcheckOverlay = Partial<Healthcheck>;

export function parseHealthcheck(value: unknown, place: Place): HealthcheckOverlay | undefined {
	if (!isPlainObject(value)) {
		return place.refuseValue('a map', value);
	}
	if (value['disable'] === true || value['disable'] === 'true') {
		return { test: ['NONE'] };
	}
	const overlay: { -readonly [K in keyof HealthcheckOverlay]: HealthcheckOverlay[K] } = {};
	for (const [key, raw] of Object.entries(value)) {
		const field = Object.hasOwn(COMPOSE_KEYS, key) ? COMPOSE_KEYS[key] : undefined;
		const at = place.key(key);
		if (field === undefined) {
			at.note(`Ignoring unknown healthcheck field: ${key}`);
		} else if (raw == null) {
			continue;
		} else if (field === 'disable') {
			if (raw !== false && raw !== 'false') {
				at.note(`Ignoring ${describeValue(raw)}, which is not true or false: the health check stays`);
			}
		} else if (field === 'test') {
			const test = parseTest(raw, at);
			if (test !== undefined) {
				overlay.test = test;
			}
		} else {
			overlay[field] = field === 'retries' ? parseRetries(raw, at) : parseNanoseconds(raw, at);
		}
	}
	return overlay;
}

function parseTest(value: unknown, place: Place): readonly string[] | undefined {
	const test = typeof value === 'string' ? ['CMD-SHELL', value] : parseTexts(value, place);
	return test?.length === 0 ? undefined : test; // the engine fills in an empty one
}

function parseRetries(value: unknown, place: Place): number {
	return integerOf(value) ?? place.refuseValue('an integer', value) ?? 0;
}

function parseNanoseconds(value: unknown, place: Place): number {
	return (parseUnitDurationMs(value, place) ?? 0) * NS_PER_MS;
}

const DURATIONS: readonly (keyof Healthcheck)[] = ['interval', 'timeout', 'startPeriod', 'startInterval'];

/** Version 19 took it for milliseconds. */
export function hasBareDuration(value: unknown): value is PlainObject {
	return isPlainObject(value) && Object.entries(value).some(([key, raw]) => isBareDuration(key, raw));
}

function isBareDuration(key: string, raw: unknown): raw is number {
	const field = Object.hasOwn(COMPOSE_KEYS, key) ? COMPOSE_KEYS[key] : undefined;
	return typeof raw === 'number' && raw !== 0 && DURATIONS.some((name) => name === field);
}

export function healthcheckAsV19(value: PlainObject): HealthcheckOverlay | undefined {
	const withUnits = Object.entries(value).map(([key, raw]) => [key, isBareDuration(key, raw) ? `${raw}ms` : raw]);
	return parseHealthcheck(Object.fromEntries(withUnits), nowhere());
}

/** Compose over image, as the engine merges them: a zero does not override. */
export function mergeHealthcheck(overlay: HealthcheckOverlay | undefined, image: unknown): Healthcheck {
	const base = readHealthcheck(image, true);
	const merged: Record<string, unknown> = { test: overlay?.test ?? base.test };
	for (const field of NUMBER_FIELDS) {
		const number = overlay?.[field] || base[field];
		if (number) {
			merged[field] = number;
		}
	}
	return merged as unknown as Healthcheck; // exactly its fields, added one by one
}

export function healthcheckBody(healthcheck: Healthcheck): object {
	const body: Record<string, unknown> = { Test: healthcheck.test };
	for (const field of NUMBER_FIELDS) {
		if (healthcheck[field] !== undefined) {
			body[NUMBERS[field]] = healthcheck[field];
		}
	}
	return body;
}

/** Without a test a container has no health check, even if other fields are set; intervals of an image count without one. */
export function readHealthcheck(raw: unknown, keepNumbers = false): Healthcheck {
	const source = isPlainObject(raw) ? raw : {};
	const { Test } = source;
	const hasTest = Array.isArray(Test) && Test.length > 0;
	const read: Record<string, unknown> = { test: hasTest ? Test : ['NONE'] };
	for (const field of hasTest || keepNumbers ? NUMBER_FIELDS : []) {
		const number = source[NUMBERS[field]];
		if (typeof number === 'number' && number !== 0) {
			read[field] = number;
		}
	}
	return read as unknown as Healthcheck; // exactly its fields, added one by one
}

/** An engine before API 1.44 drops the start interval silently, so its absence is no difference. */
export function isSameHealthcheck(current: Healthcheck, target: Healthcheck): boolean {
	return (
		current.test.length === target.test.length &&
		current.test.every((part, index) => part === target.test[index]) &&
		NUMBER_FIELDS.every(
			(field) => current[field] === target[field] || (field === 'startInterval' && current.startInterval === undefined),
		)
	);
}
