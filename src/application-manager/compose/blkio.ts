import type { BlkioConfig, DeviceRate } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { parseItems } from './parse-list.ts';
import { integerIn, parseBytes, parseInteger, type Parse } from './parse-scalar.ts';
import { noteOtherKeys, type Place } from './place.ts';

/** Compose key → field of the model → field of the engine, in the order of the create body. */
const PARTS = [
	{ compose: 'weight', field: 'weight', engine: 'BlkioWeight' },
	{ compose: 'weight_device', field: 'weightDevice', engine: 'BlkioWeightDevice' },
	{ compose: 'device_read_bps', field: 'deviceReadBps', engine: 'BlkioDeviceReadBps' },
	{ compose: 'device_write_bps', field: 'deviceWriteBps', engine: 'BlkioDeviceWriteBps' },
	{ compose: 'device_read_iops', field: 'deviceReadIops', engine: 'BlkioDeviceReadIOps' },
	{ compose: 'device_write_iops', field: 'deviceWriteIops', engine: 'BlkioDeviceWriteIOps' },
] as const satisfies readonly {
	readonly compose: string;
	readonly field: keyof BlkioConfig;
	readonly engine: string;
}[];

export const BLKIO_PLACES: readonly string[] = PARTS.map(({ engine }) => `HostConfig.${engine}`);

const parseWeight = integerIn(10, 1000);

export function parseBlkio(value: unknown, place: Place): BlkioConfig | undefined {
	if (!isPlainObject(value)) {
		return place.refuseValue('a map', value);
	}
	const config: Record<string, unknown> = {};
	for (const { compose, field } of PARTS) {
		const raw = value[compose];
		const part = raw == null ? undefined : parsePart(field, raw, place.key(compose));
		if (part !== undefined && !(Array.isArray(part) && part.length === 0)) {
			config[field] = part;
		}
	}
	for (const key of Object.keys(value)) {
		if (!PARTS.some(({ compose }) => compose === key)) {
			place.key(key).note(`Ignoring ${key}: there is no such field`);
		}
	}
	return Object.keys(config).length === 0 ? undefined : config; // built from its parts, one by one
}

function parsePart(field: keyof BlkioConfig, raw: unknown, place: Place): unknown {
	switch (field) {
		case 'weight':
			return parseWeight(raw, place);
		case 'weightDevice':
			return parseItems(raw, place, (item, at) => onDevice(item, at, 'weight', parseWeight));
		case 'deviceReadBps':
		case 'deviceWriteBps':
			return parseItems(raw, place, (item, at) => onDevice(item, at, 'rate', parseBytes));
		case 'deviceReadIops':
		case 'deviceWriteIops':
			return parseItems(raw, place, (item, at) => onDevice(item, at, 'rate', parseInteger));
	}
}

function onDevice(raw: unknown, place: Place, name: 'rate' | 'weight', parse: Parse<number>): object | undefined {
	const { path, [name]: wanted } = isPlainObject(raw) ? raw : ({} as PlainObject);
	if (typeof path !== 'string') {
		return place.refuseValue(`{path, ${name}}`, raw);
	}
	noteOtherKeys(isPlainObject(raw) ? raw : {}, place, ['path', name], `an entry has path and ${name}`);
	const number = wanted == null ? undefined : parse(wanted, place.key(name));
	return number === undefined ? undefined : { path, [name]: number };
}

/** One value for each of `BLKIO_PLACES`. */
export function blkioBodies(config: BlkioConfig | undefined): readonly unknown[] {
	return PARTS.map(({ field }) => {
		const part = config?.[field];
		return typeof part === 'object' ? part.map(deviceBody) : part;
	});
}

function deviceBody(item: DeviceRate | { readonly path: string; readonly weight: number }): object {
	return { Path: item.path, ...('rate' in item ? { Rate: item.rate } : { Weight: item.weight }) };
}

/** The engine drops what the kernel does not support, so a container does not show it. */
export function readBlkio(hostConfig: PlainObject): BlkioConfig | undefined {
	const config: Record<string, unknown> = {};
	for (const { field, engine } of PARTS) {
		const raw = hostConfig[engine];
		if (Array.isArray(raw) && raw.length > 0) {
			config[field] = raw.map(readDevice);
		} else if (field === 'weight' && typeof raw === 'number' && raw !== 0) {
			config[field] = raw;
		}
	}
	return Object.keys(config).length === 0 ? undefined : config; // only for comparing
}

function readDevice(raw: unknown): object {
	const { Path, Rate, Weight } = isPlainObject(raw) ? raw : ({} as PlainObject);
	return { path: Path, ...(Weight === undefined ? { rate: Rate } : { weight: Weight }) };
}

export function isSameBlkio(
	current: BlkioConfig | undefined,
	target: BlkioConfig | undefined,
	isSame: (a: unknown, b: unknown) => boolean,
): boolean {
	if (current === undefined || target === undefined) {
		return current === target;
	}
	return PARTS.every(({ field }) => current[field] === undefined || isSame(current[field], target[field]));
}
