import { join } from 'node:path';
import {
	AppsJsonFile,
	BootDeviceFile,
	BootPartitionFiles,
	FatFile,
	JsonCacheFile,
	RebootMarkFile,
	SystemProxyFiles,
	UpdateLockFiles,
	writeAndSync,
} from '../../../src/adapters/files/index.ts';
import { SystemClock } from '../../../src/adapters/system/index.ts';
import type { Log } from '../../../src/ports/log.ts';
import { Random } from '../random.ts';

/** By path below the folder of the device; `undefined`: absent. */
export type Files = Readonly<Record<string, string | undefined>>;

export interface WriteCase {
	readonly name: string;
	readonly before: Files;
	readonly after: Files;
	/** What a file may hold beside the old and the new content. */
	readonly between?: Readonly<Record<string, readonly (string | undefined)[]>>;
	/** Whether a content that differs from write to write is complete; only then is it new. */
	readonly isNew?: (content: string) => boolean;
	/** Compared byte by byte, each of which is old or new: a device without files. */
	readonly isDevice?: boolean;
	write(folder: string): Promise<void>;
}

const refuse = (message: string): never => {
	throw new Error(message);
};
/** Of a write that logs what it could not do. */
const NO_WARNING: Log = {
	error: refuse,
	warn: refuse,
	info: () => undefined,
	debug: () => undefined,
	child: () => NO_WARNING,
};
/** Then an ordinary rename is enough. */
const NO_FATRW = 'there-is-no-fatrw';
const APP_ID = 7;
const SERVICES = ['web', 'db'];
const ODMDATA_OFFSETS = [1659, 5243, 18043];
const ODMDATA_BYTES = 20_480;
const LOCKS = SERVICES.flatMap((service) =>
	['updates.lock', 'resin-updates.lock'].map((name) => `tmp/balena-supervisor/services/${APP_ID}/${service}/${name}`),
);

/** Every file that the supervisor writes; not those in memory of the kernel: LED, configfs, `force_ro`. */
export function writeCases(seed: number): readonly WriteCase[] {
	const [before, after] = contents(seed);
	return [...bootCases(before, after), ...hostCases(before, after), ...deviceCases(before)];
}

/** Of any length, the new one also empty or shorter. */
function contents(seed: number): readonly [string, string] {
	const random = new Random(seed);
	const text = (mark: string) => mark.repeat(random.chance(0.1) ? 1 : 1 + random.below(20_000));
	return [text('old '), text('new ')];
}

function bootCases(before: string, after: string): readonly WriteCase[] {
	const paths = ['config.txt', 'extra_uEnv.txt', 'extlinux/extlinux.conf', 'splash/balena-logo.png'];
	const boot = paths.map((path) => ({
		name: path,
		before: { [path]: before },
		after: { [path]: after },
		write: (folder: string) =>
			new BootPartitionFiles({ bootPath: folder, fatrw: NO_FATRW }).write(path, Buffer.from(after)),
	}));
	const proxy = (folder: string) => new SystemProxyFiles({ rootPath: folder, bootPath: folder, fatrw: NO_FATRW });
	const files = { redsocks: 'system-proxy/redsocks.conf', noProxy: 'system-proxy/no_proxy' };
	return [
		...boot,
		{
			name: 'config.json',
			before: { 'config.json': before },
			after: { 'config.json': after },
			write: (folder) => new FatFile(join(folder, 'config.json'), NO_FATRW).write(after),
		},
		{
			name: 'proxy files, changed',
			before: { [files.redsocks]: before, [files.noProxy]: before },
			after: { [files.redsocks]: after, [files.noProxy]: after },
			write: async (folder) => {
				await proxy(folder).writeRedsocks(after);
				await proxy(folder).writeNoProxy(after);
			},
		},
		{
			name: 'proxy files, new',
			before: {},
			after: { [files.redsocks]: after, [files.noProxy]: after },
			write: async (folder) => {
				await proxy(folder).writeNoProxy(after);
				await proxy(folder).writeRedsocks(after);
			},
		},
		{
			name: 'proxy files, removed after a change that was cut off',
			before: {
				[files.redsocks]: before,
				[files.noProxy]: before,
				[`${files.redsocks}.new`]: after,
				[`${files.noProxy}.new`]: after,
			},
			after: {},
			write: async (folder) => {
				await proxy(folder).writeRedsocks(undefined);
				await proxy(folder).writeNoProxy(undefined);
			},
		},
	];
}

function hostCases(before: string, after: string): readonly WriteCase[] {
	const dump = 'tmp/balena-supervisor/target-state-config';
	const cache = 'tmp/balena-supervisor/cache.json';
	const [preloaded, apps] = ['apps.json.preloaded', 'apps.json'];
	return [
		{
			name: 'dump of the variables',
			before: { [dump]: before },
			after: { [dump]: after },
			write: (folder) => writeAndSync(join(folder, dump), after),
		},
		{
			name: 'first dump of the variables',
			before: {},
			after: { [dump]: after },
			write: (folder) => writeAndSync(join(folder, dump), after),
		},
		{
			name: 'JSON cache',
			before: { [cache]: JSON.stringify(before) },
			after: { [cache]: JSON.stringify(after) },
			write: (folder) =>
				new JsonCacheFile({ path: join(folder, cache), log: NO_WARNING, warning: 'cannot write' }).write(after),
		},
		{
			name: 'apps.json',
			before: { [apps]: before },
			after: { [apps]: '{}', [preloaded]: before },
			between: { [apps]: [undefined] }, // as good as an empty one: nothing is preloaded twice
			write: (folder) => new AppsJsonFile(join(folder, apps), NO_WARNING).retire(),
		},
	];
}

function deviceCases(before: string): readonly WriteCase[] {
	const mark = 'tmp/balena-supervisor/reboot-after-apply';
	const odmdata = (byte: string) => {
		const bytes = new Array<string>(ODMDATA_BYTES).fill(before[0] ?? '');
		for (const offset of ODMDATA_OFFSETS) bytes[offset] = byte;
		return bytes.join('');
	};
	const locks = Object.fromEntries(LOCKS.map((path) => [path, '']));
	const lockFiles = (folder: string) => new UpdateLockFiles(folder);
	const taking = { appId: APP_ID, services: SERVICES, force: false };
	return [
		{
			name: 'mark that a reboot is due',
			before: {},
			after: { [mark]: '' },
			isNew: (content) => {
				try {
					return typeof (JSON.parse(content) as { readonly id?: unknown }).id === 'string';
				} catch {
					return false;
				}
			},
			write: (folder) => new RebootMarkFile({ rootPath: folder, clock: new SystemClock() }).set(),
		},
		{
			name: 'update locks, taken',
			before: {},
			after: locks,
			write: async (folder) => {
				await lockFiles(folder).release(APP_ID); // what an earlier process has left, too
				await lockFiles(folder).take(taking);
			},
		},
		{
			name: 'odmdata',
			before: { mmcblk0boot0: odmdata('\u0001'), force_ro: '1' },
			after: { mmcblk0boot0: odmdata('\u0006'), force_ro: '1' },
			between: { force_ro: ['0', ''] }, // a switch of the kernel, which each boot sets
			isDevice: true,
			write: (folder) =>
				new BootDeviceFile({
					devicePath: join(folder, 'mmcblk0boot0'),
					forceReadOnlyPath: join(folder, 'force_ro'),
				}).write(ODMDATA_OFFSETS.map((offset) => ({ offset, byte: 6 }))),
		},
	];
}
