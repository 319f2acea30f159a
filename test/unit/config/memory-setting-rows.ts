import type { HostFacts, SettingRows, TextFile } from '../../../src/ports/settings.ts';

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

export class MemoryFile implements TextFile {
	readonly path = '/boot/config.json';
	content: string;
	writes = 0;
	reads = 0;
	/** Set to make the next writes fail. */
	failure: Error | undefined;

	constructor(content: object | string) {
		this.content = typeof content === 'string' ? content : JSON.stringify(content);
	}

	read(): Promise<string> {
		this.reads += 1;
		return Promise.resolve(this.content);
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

export const HOST: HostFacts = {
	osRelease: () => Promise.resolve(new Map([['PRETTY_NAME', 'balenaOS 6.5.4']])),
	deviceType: () => Promise.resolve({ slug: 'raspberrypi4-64', arch: 'aarch64' }),
	macAddresses: () => Promise.resolve('AA:BB:CC:DD:EE:FF'),
	addressesChanged: () => undefined,
};
