import type { ServiceConfig } from '../../domain/service.ts';
import { BLKIO_PLACES, blkioBodies, isSameBlkio, parseBlkio, readBlkio } from './blkio.ts';
import { sameValue } from './compare-values.ts';
import {
	decodeFlag,
	decodeNumber,
	decodeText,
	decodeTexts,
	simpleField,
	type FieldRow,
	type SimpleField,
} from './field-row.ts';
import { isSameLogging, loggingBody, parseLogging, readLogging } from './logging.ts';
import { parseMicroseconds } from './parse-duration.ts';
import { parseItems } from './parse-list.ts';
import {
	integerIn,
	parseBytes,
	parseChoice,
	parseFlag,
	parseText,
	parseTextOrEmpty,
	type Parse,
	textOfScalar,
} from './parse-scalar.ts';
import type { Place } from './place.ts';

type NewField =
	| 'blkioConfig'
	| 'cgroup'
	| 'cpuPeriod'
	| 'cpuRtPeriod'
	| 'cpuRtRuntime'
	| 'deviceCgroupRules'
	| 'logging'
	| 'memSwappiness'
	| 'memswapLimit'
	| 'runtime'
	| 'stdinOpen'
	| 'uts';

/**
 * Fields that version 19 did not know; each engine with API 1.41 has them. Without a value in the composition they are
 * neither sent nor read: the engine has its own defaults for several of them.
 */
export const NEW_FIELDS: { readonly [K in NewField]: FieldRow<ServiceConfig[K]> } = {
	blkioConfig: {
		compose: 'blkioConfig',
		accepts: 'map: weight, weight_device, device_read_bps, device_write_bps, device_read_iops, device_write_iops',
		parse: parseBlkio,
		byDefault: () => undefined,
		engine: BLKIO_PLACES,
		encode: blkioBodies,
		read: ({ HostConfig }) => readBlkio(HostConfig),
		compare: (current, target) => isSameBlkio(current, target, sameValue),
		compared: 'equal, part by part; parts that the kernel cannot do count as done',
		since: 'new',
	},
	cgroup: newField({
		compose: 'cgroup',
		accepts: 'host or private',
		parse: parseChoice('host', 'private'),
		engine: 'HostConfig.CgroupnsMode',
		decode: decodeText,
	}),
	cpuPeriod: microsecondsField('cpuPeriod', 'HostConfig.CpuPeriod', integerIn(1000, 1_000_000)),
	cpuRtPeriod: microsecondsField('cpuRtPeriod', 'HostConfig.CpuRealtimePeriod'),
	cpuRtRuntime: microsecondsField('cpuRtRuntime', 'HostConfig.CpuRealtimeRuntime'),
	deviceCgroupRules: newField({
		compose: 'deviceCgroupRules',
		accepts: 'list of rules such as c 1:3 rwm',
		parse: parseRules,
		engine: 'HostConfig.DeviceCgroupRules',
		decode: decodeTexts,
	}),
	logging: newField({
		compose: 'logging',
		accepts: 'map: driver, options',
		parse: parseLogging,
		engine: 'HostConfig.LogConfig',
		encode: loggingBody,
		decode: readLogging,
		compare: isSameLogging,
		compared: 'the driver, if given, and each given option',
	}),
	memSwappiness: newField({
		compose: 'memSwappiness',
		accepts: 'integer from 0 to 100',
		parse: integerIn(0, 100),
		engine: 'HostConfig.MemorySwappiness',
		decode: (raw) => (raw === -1 ? undefined : decodeNumber(raw)),
	}),
	memswapLimit: newField({
		compose: 'memswapLimit',
		accepts: 'bytes, not below mem_limit, or -1',
		parse: parseSwap,
		engine: 'HostConfig.MemorySwap',
		decode: decodeNumber,
		// The engine also sets -1 where the kernel does not count swap.
		compare: (current, target) => current === target || (current === -1 && target !== undefined),
		compared: 'equal, unless the kernel does not count swap',
	}),
	runtime: newField({
		compose: 'runtime',
		accepts: 'name of a runtime of the engine',
		parse: parseTextOrEmpty,
		engine: 'HostConfig.Runtime',
		decode: decodeText,
	}),
	stdinOpen: newField<boolean>({
		compose: 'stdinOpen',
		accepts: 'true or false',
		parse: (value, place) => parseFlag(value, place) || undefined,
		engine: 'OpenStdin',
		decode: (raw) => decodeFlag(raw) || undefined,
	}),
	uts: newField({
		compose: 'uts',
		accepts: 'host',
		parse: parseChoice('host'),
		engine: 'HostConfig.UTSMode',
		decode: (raw) => decodeText(raw) || undefined,
	}),
};

/** A field that the engine does not show has no value, as if the composition had not set it. */
function newField<T extends string | number | boolean | object>(
	field: Omit<SimpleField<T | undefined>, 'compose' | 'byDefault' | 'whenAbsent' | 'since'> & {
		readonly compose: NewField;
	},
): FieldRow<T | undefined> {
	return simpleField<T | undefined>({ ...field, byDefault: undefined, whenAbsent: undefined, since: 'new' });
}

function microsecondsField(compose: NewField, engine: string, limit?: Parse<number>): FieldRow<number | undefined> {
	return newField<number>({
		compose,
		accepts: 'microseconds, or a duration',
		parse: (value, place) => {
			const number = parseMicroseconds(value, place) || undefined;
			return number === undefined || limit === undefined ? number : limit(number, place);
		},
		engine,
		decode: (raw) => decodeNumber(raw) || undefined,
	});
}

const RULE = /^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/;

function parseRules(value: unknown, place: Place): readonly string[] | undefined {
	const rules = parseItems(value, place, (raw, at) => {
		const rule = parseText(raw, at);
		return rule === undefined || RULE.test(rule) ? rule : at.refuseValue('a rule such as "c 1:3 rwm"', raw);
	});
	return rules?.length === 0 ? undefined : rules;
}

function parseSwap(value: unknown, place: Place): number | undefined {
	return textOfScalar(value) === '-1' ? -1 : parseBytes(value, place) || undefined;
}
