import type { Logging } from '../../domain/service.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { parseOptions } from './network.ts';
import { parseText } from './parse-scalar.ts';
import { readLabels } from './labels.ts';
import type { Place } from './place.ts';

export function parseLogging(value: unknown, place: Place): Logging | undefined {
	if (!isPlainObject(value)) {
		return place.refuseValue('a map with driver and options', value);
	}
	const { driver, options, ...others } = value;
	for (const key of Object.keys(others)) {
		place.key(key).note(`Ignoring ${key}: logging has a driver and options`);
	}
	const name = driver == null ? '' : (parseText(driver, place.key('driver')) ?? '');
	const given = options == null ? {} : (parseOptions(options, place.key('options')) ?? {});
	const sorted = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
	return name === '' && sorted.length === 0 ? undefined : { driver: name, options: Object.fromEntries(sorted) };
}

export function loggingBody(logging: Logging | undefined): unknown {
	return logging && { Type: logging.driver, Config: logging.options };
}

export function readLogging(raw: unknown): Logging | undefined {
	const { Type, Config } = isPlainObject(raw) ? raw : {};
	return typeof Type === 'string' ? { driver: Type, options: readLabels(Config) } : undefined;
}

/** The engine fills in its default driver, and options of its own configuration. */
export function isSameLogging(current: Logging | undefined, target: Logging | undefined): boolean {
	if (current === undefined || target === undefined) {
		return current === target;
	}
	return (
		(target.driver === '' || target.driver === current.driver) &&
		Object.entries(target.options).every(([key, value]) => current.options[key] === value)
	);
}
