import { ConfigJson } from '../../../src/config/index.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import type { Log, SystemLog } from '../../../src/ports/log.ts';
import type { ConfigCopy, HostFacts, SettingRows, SharedTextFile } from '../../../src/ports/settings.ts';
import { silentLog } from '../../support/logs.ts';

/** Rows and files in memory, which a test can look at and damage. */
export class MemorySettingRows implements SettingRows {
	readonly rows = new Map<string, string>();
	writes = 0;
	reads = 0;

	read(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
		this.reads += 1;
		return Promise.resolve(new Map([...this.rows].filter(([key]) => keys.includes(key))));
	}

	async write(changes: ReadonlyMap<string, string | undefined>, beforeCommit?: () => Promise<void>): Promise<void> {
		this.writes += 1;
		await beforeCommit?.();
		for (const [key, value] of changes) {
			if (value === undefined) {
				this.rows.delete(key);
			} else {
				this.rows.set(key, value);
			}
		}
	}
}

export class MemoryFile implements SharedTextFile {
	readonly path = '/boot/config.json';
	/** `undefined`: there is no file. */
	#content: string | undefined;
	writes = 0;
	reads = 0;
	/** Set to make the next writes fail. */
	failure: Error | undefined;
	/** Another program, between our reading and our writing. */
	beforeReplace: () => void = () => undefined;

	constructor(content: object | string) {
		this.#content = typeof content === 'string' ? content : JSON.stringify(content);
	}

	get content(): string {
		return this.#content ?? 'there is no file';
	}

	set content(content: string | undefined) {
		this.#content = content;
	}

	read(): Promise<string> {
		this.reads += 1;
		return this.#content === undefined
			? Promise.reject(new OperationalError('file-missing', 'Failed to read file /boot/config.json'))
			: Promise.resolve(this.#content);
	}

	stamp(): Promise<string | undefined> {
		return Promise.resolve(undefined);
	}

	async replace(content: string, expected: string | undefined): Promise<boolean> {
		this.beforeReplace();
		if (this.#content !== expected) {
			return false;
		}
		await this.write(content);
		return true;
	}

	write(content: string): Promise<void> {
		if (this.failure !== undefined) {
			return Promise.reject(this.failure);
		}
		this.writes += 1;
		this.content = content;
		return Promise.resolve();
	}
}

/** Copies in memory, as a start after this one finds them. */
export class MemoryConfigCopy implements ConfigCopy {
	content: string | undefined;
	waiting: string | undefined;
	readonly damaged: string[] = [];
	writes = 0;
	/** Set to make writes fail. */
	failure: Error | undefined;
	readonly #file: MemoryFile;

	constructor(file: MemoryFile) {
		this.#file = file;
	}

	read(): Promise<string | undefined> {
		return Promise.resolve(this.content);
	}

	readWaiting(): Promise<string | undefined> {
		return Promise.resolve(this.waiting);
	}

	async write(content: string): Promise<void> {
		await this.#mayWrite();
		this.content = content;
	}

	async writeWaiting(content: string | undefined): Promise<void> {
		await this.#mayWrite();
		this.waiting = content;
	}

	async setAside(): Promise<string> {
		await this.#mayWrite();
		this.damaged.push(await this.#file.read());
		return `/data/config.json.damaged-${this.damaged.length}`;
	}

	#mayWrite(): Promise<void> {
		this.writes += 1;
		return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
	}
}

/** config.json of a process; a second one with the same file and copy is its next start. */
export function configJsonOf(
	file: SharedTextFile,
	options: {
		readonly copy?: ConfigCopy;
		readonly log?: Log;
		readonly systemLog?: SystemLog;
		readonly nowMs?: () => number;
	} = {},
): ConfigJson {
	const { log = silentLog, systemLog = { write: () => undefined }, nowMs = () => 0 } = options;
	const copy = options.copy ?? new MemoryConfigCopy(new MemoryFile(''));
	return new ConfigJson({ file, copy, clock: { now: nowMs }, log, systemLog });
}

export const HOST: HostFacts = {
	osRelease: () => Promise.resolve(new Map([['PRETTY_NAME', 'balenaOS 6.5.4']])),
	deviceType: () => Promise.resolve({ slug: 'raspberrypi4-64', arch: 'aarch64' }),
	macAddresses: () => Promise.resolve('AA:BB:CC:DD:EE:FF'),
	addressesChanged: () => undefined,
};
