import { readText } from '../adapters/files/index.ts';
import { readFileSystemSize, readKernel, readKernelLog } from '../adapters/host/index.ts';
import { DeviceMetrics } from '../api-binder/index.ts';
import { isUnmanaged, readDeviceType } from '../config/index.ts';
import { buildOf } from '../domain/host-os.ts';
import type { ApiOptions } from '../device-api/index.ts';
import type { Core } from './core.ts';

export type HostInfo = Awaited<ReturnType<ApiOptions['v3']['hostInfo']>>;

/** Measured values are used again for this long: a page asks every second. */
const METRICS_AGE_MS = 5000;
const MIB = 1024 * 1024;

/** What the device says of itself: files that are kept in memory, and measurements of the last seconds. */
export function buildHostInfo(core: Core): () => Promise<HostInfo> {
	const { config, hostFacts, options } = core;
	const readMetrics = createMetrics(core);
	return async () => {
		const settings = config.current();
		const [{ slug, arch }, release, macs, measured] = await Promise.all([
			readDeviceType(hostFacts),
			hostFacts.osRelease(),
			hostFacts.macAddresses(),
			readMetrics(),
		]);
		const build = buildOf(release);
		return {
			...(settings.uuid === undefined ? {} : { uuid: settings.uuid }),
			name: settings.deviceName,
			...(isUnmanaged(settings) ? {} : { apiEndpoint: settings.apiEndpoint }),
			os: {
				...known('name', release?.get('NAME')),
				...known('version', release?.get('VERSION')),
				...known('variant', release?.get('VARIANT_ID') ?? (settings.developmentMode ? 'dev' : 'prod')),
				...known('build', build),
			},
			kernel: readKernel().release,
			arch,
			deviceType: slug,
			...measured,
			ipAddresses: core.readAddresses(),
			macAddresses: (macs ?? '').split(' ').filter((address) => address !== ''),
			supervisorVersion: options.packageVersion,
		};
	};
}

type Measured = Pick<HostInfo, 'memory' | 'storage' | 'cpuUsage' | 'cpuId' | 'temperature' | 'isUndervolted'>;

/** An instance of its own: load is what happened since the sample before. */
function createMetrics({ options: { clock } }: Core): () => Promise<Measured> {
	const metrics = new DeviceMetrics({ readText, statfs: readFileSystemSize, readKernelLog });
	let last: { readonly at: number; readonly measured: Promise<Measured> } | undefined;
	return () => {
		if (last === undefined || clock.now() - last.at >= METRICS_AGE_MS) {
			last = { at: clock.now(), measured: metrics.collect({ hardware: true }).then(toMeasured) };
		}
		return last.measured;
	};
}

function toMeasured(fields: Awaited<ReturnType<DeviceMetrics['collect']>>): Measured {
	const {
		memory_total,
		memory_usage,
		storage_total,
		storage_usage,
		storage_block_device,
		cpu_usage,
		cpu_temp,
		cpu_id,
		is_undervolted,
	} = fields;
	return {
		...known('memory', sizesOf(memory_total, memory_usage)),
		...known('storage', sizesOf(storage_total, storage_usage, storage_block_device)),
		...known('cpuUsage', cpu_usage),
		...known('cpuId', cpu_id),
		...known('isUndervolted', is_undervolted),
		...known('temperature', cpu_temp === 0 ? undefined : cpu_temp), // zero: it could not be read
	};
}

function sizesOf(
	totalMib: number | null | undefined,
	usedMib: number | null | undefined,
	blockDevice?: string | null,
): { readonly totalBytes: number; readonly usedBytes: number; readonly blockDevice?: string } | undefined {
	return typeof totalMib === 'number' && typeof usedMib === 'number'
		? { totalBytes: totalMib * MIB, usedBytes: usedMib * MIB, ...known('blockDevice', blockDevice) }
		: undefined;
}

/** One member, if its value is known. */
function known<Name extends string, Value>(name: Name, value: Value | null | undefined): Partial<Record<Name, Value>> {
	return value === undefined || value === null ? {} : ({ [name]: value } as Record<Name, Value>); // the only member
}
