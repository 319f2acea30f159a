import { pathExists, readText } from '../../files/index.ts';
import { OperationalError } from '../../../ports/operational-error.ts';
import {
	candidateFolders,
	memoryInUse,
	parseIoStat,
	parseGroup,
	parseKeyed,
	parseNetDev,
	parseNumber,
	parseServiceBytes,
	type BlockBytes,
	type NetworkBytes,
} from './parse-cgroup.ts';

/** A container that runs. */
interface MeasuredContainer {
	readonly containerId: string;
	/** Of its first process, as the host counts. */
	readonly pid?: number | undefined;
	/** It has interfaces of its own. */
	readonly hasOwnNetwork: boolean;
	readonly cgroupParent?: string | undefined;
}

interface Usage extends Partial<BlockBytes>, Partial<NetworkBytes> {
	readonly cpuSeconds?: number;
	readonly memoryBytes?: number;
}

/** Containers measured at a time: each needs a handful of files. */
const AT_ONCE = 4;

/** What containers use, from the files of the kernel; the engine is not asked. */
export class ContainerUsageFiles {
	readonly #roots: readonly string[];

	/** The host's files, as this process sees them; its own are taken where those show no control groups. */
	constructor(rootPath: string) {
		this.#roots = [rootPath, ''];
	}

	/** By container id. A container that is gone meanwhile has no members. */
	async read(containers: readonly MeasuredContainer[]): Promise<ReadonlyMap<string, Usage>> {
		const root = await this.#findRoot();
		const usages = new Map<string, Usage>();
		if (root === undefined) return usages;
		const isUnified = await pathExists(`${root}/sys/fs/cgroup/cgroup.controllers`);
		const left = [...containers];
		const work = async () => {
			for (let one = left.shift(); one !== undefined; one = left.shift()) {
				const place = await findPlace(root, one);
				const [used, network] = await Promise.all([
					isUnified ? readUnified(place) : readVersion1(place),
					one.hasOwnNetwork ? readNetwork(place) : undefined,
				]);
				usages.set(one.containerId, { ...used, ...network });
			}
		};
		await Promise.all(Array.from({ length: AT_ONCE }, work));
		return usages;
	}

	async #findRoot(): Promise<string | undefined> {
		for (const root of this.#roots) {
			const files = ['cgroup.controllers', 'memory', 'cpuacct'].map((name) => `${root}/sys/fs/cgroup/${name}`);
			if ((await Promise.all(files.map(pathExists))).includes(true)) return root;
		}
		return undefined;
	}
}

/** Where the kernel shows one container. */
interface Place {
	readonly root: string;
	readonly container: MeasuredContainer;
	/** The groups of its first process; absent: it is gone, or another process has got its number. */
	readonly groups: string | undefined;
}

async function findPlace(root: string, container: MeasuredContainer): Promise<Place> {
	const { pid, containerId } = container;
	const groups = pid === undefined ? undefined : await read(`${root}/proc/${pid}/cgroup`);
	return { root, container, groups: groups?.includes(containerId) === true ? groups : undefined };
}

async function readUnified(place: Place): Promise<Usage> {
	const folder = await findFolder(place, '');
	if (folder === undefined) return {};
	const [cpu, current, memory, io] = await Promise.all(
		['cpu.stat', 'memory.current', 'memory.stat', 'io.stat'].map((name) => read(`${folder}/${name}`)),
	);
	return known({
		cpuSeconds: scale(parseKeyed(cpu, 'usage_usec'), 1e6),
		memoryBytes: memoryInUse(parseNumber(current), parseKeyed(memory, 'inactive_file')),
		...parseIoStat(io),
	});
}

async function readVersion1(place: Place): Promise<Usage> {
	const [cpuFolder, memoryFolder, blockFolder] = await Promise.all(
		['cpuacct', 'memory', 'blkio'].map((controller) => findFolder(place, controller)),
	);
	const [cpu, current, memory, io] = await Promise.all([
		readIn(cpuFolder, 'cpuacct.usage'),
		readIn(memoryFolder, 'memory.usage_in_bytes'),
		readIn(memoryFolder, 'memory.stat'),
		readIn(blockFolder, 'blkio.throttle.io_service_bytes'),
	]);
	return known({
		cpuSeconds: scale(parseNumber(cpu), 1e9),
		memoryBytes: memoryInUse(parseNumber(current), parseKeyed(memory, 'total_inactive_file')),
		...parseServiceBytes(io),
	});
}

async function readNetwork({ root, container, groups }: Place): Promise<Partial<NetworkBytes>> {
	return groups === undefined ? {} : (parseNetDev(await read(`${root}/proc/${container.pid}/net/dev`)) ?? {});
}

/** Where its process is, if that can be seen; else where engines put containers. */
async function findFolder({ root, container, groups }: Place, controller: string): Promise<string | undefined> {
	const hierarchy = controller === '' ? `${root}/sys/fs/cgroup` : `${root}/sys/fs/cgroup/${controller}`;
	const own = parseGroup(groups, controller);
	const whole = own && cutBelow(own, container.containerId);
	const candidates = candidateFolders(container.containerId, container.cgroupParent);
	for (const folder of whole === undefined ? candidates : [whole, ...candidates]) {
		if (await pathExists(`${hierarchy}/${folder}`)) return `${hierarchy}/${folder}`;
	}
	return undefined;
}

/** A process may be in a group below that of its container. */
function cutBelow(path: string, containerId: string): string {
	const parts = path.split('/');
	return parts.slice(0, parts.findIndex((part) => part.includes(containerId)) + 1).join('/');
}

function readIn(folder: string | undefined, name: string): Promise<string | undefined> {
	return folder === undefined ? Promise.resolve(undefined) : read(`${folder}/${name}`);
}

/** A controller may be off, and a container may end at any time: then there is no file. */
async function read(path: string): Promise<string | undefined> {
	try {
		return await readText(path);
	} catch (error) {
		if (error instanceof OperationalError) return undefined;
		throw error;
	}
}

function scale(value: number | undefined, by: number): number | undefined {
	return value === undefined ? undefined : value / by;
}

/** Without members that are not known. */
function known(usage: { readonly [Name in keyof Usage]: Usage[Name] | undefined }): Usage {
	return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined));
}
