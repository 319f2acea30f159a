import isEqual from 'lodash/isEqual.js';
import { isPlainObject } from '../../lib/is-plain-object.ts';

export interface ReportDifference {
	/** The changes to send. The entry of a device is empty when values only disappeared: the cloud keeps those. */
	readonly body: Readonly<Record<string, unknown>>;
	/** Only metrics have changed: they can wait. */
	readonly metricsOnly: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Hardware and usage: they can wait, and are optional. */
export function isMetric(name: string): boolean {
	return METRICS.includes(name);
}

/** A change within one bucket is no change. */
const BUCKETS: Readonly<Record<string, number>> = { cpu_usage: 20, cpu_temp: 5, memory_usage: 10 };

const METRICS: readonly string[] = [
	'cpu_usage',
	'memory_usage',
	'memory_total',
	'storage_usage',
	'storage_total',
	'storage_block_device',
	'cpu_temp',
	'cpu_id',
];

/** The report with the last sent metrics, while they are about the same (spec: cloud-api 11.5). */
export function roundMetrics<T extends object>(last: Fields, current: T): T {
	const settled = Object.entries(current).map(([name, value]: readonly [string, unknown]) => {
		const bucket = BUCKETS[name];
		const before = last[name];
		const isSame =
			bucket !== undefined &&
			typeof value === 'number' &&
			typeof before === 'number' &&
			Math.floor(value / bucket) === Math.floor(before / bucket);
		return [name, isSame ? before : value] as const;
	});
	// Each member is that of `current`, or a number that replaces a number.
	return Object.fromEntries(settled) as T;
}

/**
 * The part of a report that the cloud does not know yet, two levels deep: device, field. `apps` is compared deeply and
 * sent as a whole; empty parts are left out. `undefined`: nothing to send (spec: cloud-api 11.6).
 */
export function diffReport(last: Fields, current: Fields): ReportDifference | undefined {
	const body: Record<string, unknown> = {};
	const changed: string[] = [];
	for (const [uuid, device] of Object.entries(current)) {
		const before = last[uuid];
		if (!isPlainObject(device) || !isPlainObject(before ?? {})) {
			if (!isEqual(before, device)) {
				body[uuid] = device;
				changed.push(uuid);
			}
			continue;
		}
		const { fields, gone } = diffFields(isPlainObject(before) ? before : {}, device);
		if (Object.keys(fields).length > 0 || gone.length > 0) {
			body[uuid] = fields;
			changed.push(...Object.keys(fields), ...gone);
		}
	}
	if (changed.length === 0) {
		return undefined;
	}
	return { body, metricsOnly: changed.every((name) => METRICS.includes(name)) };
}

function diffFields(last: Fields, current: Fields): { readonly fields: Fields; readonly gone: readonly string[] } {
	const differing = Object.entries(current).filter(([name, value]) => !isEqual(last[name], value));
	const fields = Object.fromEntries(
		differing.map(([name, value]) => [name, prune(value)]).filter(([, value]) => value !== undefined),
	) as Fields;
	const gone = Object.keys(last).filter((name) => last[name] !== undefined && current[name] === undefined);
	return { fields, gone };
}

/** Without empty objects, at any depth; `undefined` if the rest is empty. */
function prune(value: unknown): unknown {
	if (!isPlainObject(value)) {
		return value;
	}
	const members = Object.entries(value)
		.map(([name, member]) => [name, prune(member)] as const)
		.filter(([, member]) => member !== undefined);
	return members.length === 0 ? undefined : Object.fromEntries(members);
}
