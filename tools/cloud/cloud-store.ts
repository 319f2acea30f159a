import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { CloudData } from './cloud-data.ts';
import { emptyCloudData } from './cloud-data.ts';

const WRITE_DELAY_MS = 50;

/** One JSON file in a directory. Bursts of changes become one write; a reader never sees half a file. */
export class CloudStore {
	readonly #file: string | undefined;
	#timer: NodeJS.Timeout | undefined;
	#writing: Promise<void> = Promise.resolve();
	#isDirty = false;
	#data: CloudData = emptyCloudData();
	#failure: Error | undefined;

	constructor(directory: string | undefined) {
		this.#file = directory === undefined ? undefined : join(directory, 'cloud.json');
	}

	async load(): Promise<CloudData> {
		if (this.#file !== undefined) {
			await mkdir(join(this.#file, '..'), { recursive: true });
			this.#data = await readDocument(this.#file);
		}
		return this.#data;
	}

	markChanged(): void {
		if (this.#file === undefined) {
			return;
		}
		this.#isDirty = true;
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			this.flush().catch((error: unknown) => {
				// Reported by stop(); a device must not see that the disk of the stand-in is full.
				this.#failure = error instanceof Error ? error : new Error(String(error));
			});
		}, WRITE_DELAY_MS);
	}

	async flush(): Promise<void> {
		const previous = this.#writing;
		this.#writing = previous.catch(() => undefined).then(() => this.#write());
		await this.#writing;
	}

	async stop(): Promise<void> {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		await this.flush();
		if (this.#failure !== undefined) {
			throw this.#failure;
		}
	}

	async #write(): Promise<void> {
		if (this.#file === undefined || !this.#isDirty) {
			return;
		}
		this.#isDirty = false;
		const temporary = `${this.#file}.tmp`;
		await writeFile(temporary, `${JSON.stringify(this.#data, undefined, '\t')}\n`);
		await rename(temporary, this.#file);
	}
}

async function readDocument(file: string): Promise<CloudData> {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
			return emptyCloudData();
		}
		throw error;
	}
	// The file is ours and replaced atomically; only its version may be that of another stand-in.
	const data = JSON.parse(text) as CloudData | { readonly version?: unknown };
	if (!isCurrentDocument(data)) {
		throw new Error(`${file} was written by another version of the stand-in cloud`);
	}
	return data;
}

function isCurrentDocument(data: CloudData | { readonly version?: unknown }): data is CloudData {
	return data.version === 1;
}
