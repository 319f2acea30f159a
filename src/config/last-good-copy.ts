import type { PlainObject } from '../lib/is-plain-object.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { ConfigCopy } from '../ports/settings.ts';
import { judgeContent } from './config-content.ts';
import type { PropertyChanges } from './property-changes.ts';

/**
 * The last good content of config.json, and changes of ours that wait until the file can be read. What cannot be stored
 * is kept in memory: a full disk does not end supervision (decision D14).
 */
export class LastGoodCopy {
	readonly #files: ConfigCopy;
	readonly #log: Log;
	#text: string | undefined;
	#waiting: PropertyChanges | undefined;
	#isWarned = false;

	constructor(files: ConfigCopy, log: Log) {
		this.#files = files;
		this.#log = log;
	}

	/** `undefined`: there is none that can be used. */
	async read(): Promise<PlainObject | undefined> {
		this.#text ??= await this.#files.read();
		const content = judgeContent(this.#text);
		return content.state === 'good' ? content.properties : undefined;
	}

	async keep(properties: PlainObject): Promise<void> {
		const text = JSON.stringify(properties);
		this.#text ??= await this.#files.read();
		if (text !== this.#text) {
			this.#text = text;
			await this.#store(() => this.#files.write(text));
		}
	}

	/** Changes that are not in the file yet. */
	async waiting(): Promise<PropertyChanges> {
		this.#waiting ??= readChanges(await this.#files.readWaiting());
		return this.#waiting;
	}

	async keepWaiting(changes: PropertyChanges): Promise<void> {
		this.#waiting = changes;
		const text = Object.keys(changes).length === 0 ? undefined : JSON.stringify(changes);
		await this.#store(() => this.#files.writeWaiting(text));
	}

	/** Where the damaged file was moved; `undefined`: nowhere. */
	async setAside(): Promise<string | undefined> {
		let path: string | undefined;
		await this.#store(async () => {
			path = await this.#files.setAside();
		});
		return path;
	}

	async #store(write: () => Promise<void>): Promise<void> {
		try {
			await write();
			this.#isWarned = false;
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			if (!this.#isWarned) {
				this.#isWarned = true;
				this.#log.warn('cannot keep a copy of config.json', { error: error.message });
			}
		}
	}
}

function readChanges(text: string | undefined): PropertyChanges {
	const content = judgeContent(text);
	return content.state === 'good' ? (content.properties as PropertyChanges) : {}; // we wrote it
}
