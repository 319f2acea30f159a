import type { MetricFields } from '../../device-state/index.ts';
import type { MetricsCollector } from './report-sources.ts';
import {
	findDataMount,
	parseCpuTimes,
	parseMemory,
	parseMounts,
	usageBetween,
	type CpuTimes,
	type Mount,
} from './parse-metrics.ts';

/** Of a file system, in blocks. */
interface FileSystemSize {
	readonly bsize: number;
	readonly blocks: number;
	readonly bfree: number;
}

interface DeviceMetricsOptions {
	/** Rejects if there is no such file. Files of /proc and /sys. */
	readonly readText: (path: string) => Promise<string>;
	readonly statfs: (path: string) => Promise<FileSystemSize>;
	readonly readKernelLog: () => Promise<string>;
}

const MIB = 1024 * 1024;
/** The last is what `dmidecode` shows as the serial number of the board. */
const CPU_ID_FILES: readonly string[] = [
	'/proc/device-tree/serial-number',
	'/proc/device-tree/product-sn',
	'/sys/devices/soc0/serial_number',
	'/sys/class/dmi/id/board_serial',
];
const NOT_COLLECTED: MetricFields = {
	cpu_usage: null,
	cpu_temp: null,
	cpu_id: null,
	memory_usage: null,
	memory_total: null,
	storage_usage: null,
	storage_total: null,
	storage_block_device: null,
};

/** What the machine has and uses (spec: cloud-api 11.5). Whole numbers only: the cloud refuses a report with a fraction. */
export class DeviceMetrics implements MetricsCollector {
	readonly #options: DeviceMetricsOptions;
	/** Of the sample before: load is what happened since. */
	#cpuTimes: CpuTimes | undefined;

	constructor(options: DeviceMetricsOptions) {
		this.#options = options;
	}

	async collect({ hardware }: { readonly hardware: boolean }): Promise<MetricFields> {
		const is_undervolted = await this.#isUndervolted();
		if (!hardware) {
			return { ...NOT_COLLECTED, is_undervolted };
		}
		const [cpu, temperature, memory, storage, id] = await Promise.all([
			this.#cpuUsage(),
			this.#cpuTemperature(),
			this.#memory(),
			this.#storage(),
			this.#cpuId(),
		]);
		return { ...cpu, cpu_temp: temperature, ...memory, ...storage, ...id, is_undervolted };
	}

	async #cpuUsage(): Promise<MetricFields> {
		const times = parseCpuTimes((await this.#read('/proc/stat')) ?? '');
		if (times === undefined) {
			return {};
		}
		const usage = usageBetween(this.#cpuTimes ?? { busy: 0, total: 0 }, times);
		this.#cpuTimes = times;
		return { cpu_usage: usage };
	}

	async #cpuTemperature(): Promise<number> {
		const milli = Number.parseInt((await this.#read('/sys/class/thermal/thermal_zone0/temp')) ?? '', 10);
		return Number.isFinite(milli) ? Math.round(milli / 1000) : 0;
	}

	async #memory(): Promise<MetricFields> {
		const memory = parseMemory((await this.#read('/proc/meminfo')) ?? '');
		return memory === undefined
			? {}
			: { memory_usage: Math.floor(memory.usedKib / 1024), memory_total: Math.floor(memory.totalKib / 1024) };
	}

	async #storage(): Promise<MetricFields> {
		const mounts = parseMounts((await this.#read('/proc/mounts')) ?? '');
		const data = findDataMount(mounts);
		const size = data && (await this.#sizeOf(data));
		if (data === undefined || size === undefined) {
			return { storage_block_device: '' };
		}
		const related = mounts.filter(({ device }) => device.startsWith(data.device));
		const distinct = [...new Map(related.reverse().map((mount) => [mount.device, mount])).values()];
		const sizes = await Promise.all(distinct.map((mount) => this.#sizeOf(mount)));
		const used = sizes.reduce((sum, other) => sum + (other === undefined ? 0 : usedBytes(other)), 0);
		return {
			storage_block_device: data.device,
			storage_usage: Math.floor(used / MIB),
			storage_total: Math.floor((size.blocks * size.bsize) / MIB),
		};
	}

	async #cpuId(): Promise<MetricFields> {
		for (const path of CPU_ID_FILES) {
			const id = (await this.#read(path))?.replaceAll('\0', '').trim().toLowerCase() ?? '';
			if (id !== '') {
				return { cpu_id: id };
			}
		}
		return {};
	}

	async #isUndervolted(): Promise<boolean> {
		try {
			return /under.*voltage/i.test(await this.#options.readKernelLog());
		} catch {
			return false; // nothing was heard of it
		}
	}

	async #read(path: string): Promise<string | undefined> {
		try {
			return await this.#options.readText(path);
		} catch {
			return undefined; // this machine does not have it
		}
	}

	async #sizeOf(mount: Mount): Promise<FileSystemSize | undefined> {
		try {
			return await this.#options.statfs(mount.path);
		} catch {
			return undefined; // unmounted meanwhile, or not visible from here
		}
	}
}

function usedBytes({ bsize, blocks, bfree }: FileSystemSize): number {
	return (blocks - bfree) * bsize;
}
