import { isDeepStrictEqual } from 'node:util';
import type { TextFile } from '../ports/settings.ts';
import { ConfigError } from './config-error.ts';

type Properties = Readonly<Record<string, unknown>>;

/**
 * config.json, shared with the operating system (spec: config 4.4). Read once: the system stops us around its own edits.
 * What it could not read stays unreadable, so that a later write cannot replace a file that a person is about to repair.
 */
export class ConfigJson {
	readonly #file: TextFile;
	#properties: Promise<Properties> | undefined;
	#lastWrite: Promise<void> = Promise.resolve();

	constructor(file: TextFile) {
		this.#file = file;
	}

	async read(): Promise<Properties> {
		this.#properties ??= this.#load();
		return await this.#properties;
	}

	/** All changes in one write, and none where nothing differs. `undefined` removes a property. */
	async update(changes: ReadonlyMap<string, unknown>): Promise<void> {
		const write = this.#lastWrite.then(() => this.#write(changes));
		// The next write waits for this one, whether or not it succeeds; the failure belongs to our caller.
		this.#lastWrite = write.catch(() => undefined);
		await write;
	}

	async #write(changes: ReadonlyMap<string, unknown>): Promise<void> {
		const before = await this.read();
		const properties: Record<string, unknown> = { ...before };
		for (const [name, value] of changes) {
			if (value === undefined) {
				Reflect.deleteProperty(properties, name);
			} else {
				properties[name] = structuredClone(value);
			}
		}
		if (isDeepStrictEqual(properties, before)) {
			return;
		}
		await this.#file.write(JSON.stringify(properties));
		this.#properties = Promise.resolve(properties);
	}

	async #load(): Promise<Properties> {
		const text = await this.#file.read();
		let content: unknown;
		try {
			content = JSON.parse(text);
		} catch {
			// The parser's message quotes the file, which holds keys.
			throw new ConfigError('config-file-malformed', `${this.#file.path} does not hold JSON`);
		}
		if (typeof content !== 'object' || content === null || Array.isArray(content)) {
			throw new ConfigError('config-file-malformed', `${this.#file.path} does not hold a JSON object`);
		}
		// An object that came out of JSON.parse.
		return content as Properties;
	}
}
