import type { Log } from '../../ports/log.ts';
import type { TextFile } from '../../ports/settings.ts';

type Properties = Readonly<Record<string, unknown>>;

/** config.json as migrations see it: what cannot be read is empty, and no trouble with it stops a migration. */
export class MigrationConfigJson {
	readonly #file: TextFile | undefined;
	readonly #log: Log;
	#properties: Properties | undefined;

	constructor(file: TextFile | undefined, log: Log) {
		this.#file = file;
		this.#log = log;
	}

	async read(): Promise<Properties> {
		this.#properties ??= await this.#load();
		return this.#properties;
	}

	/** Later migrations of the same run read what was written, even where the file could not be. */
	async write(properties: Properties): Promise<void> {
		this.#properties = properties;
		try {
			await this.#file?.write(JSON.stringify(properties));
		} catch (error) {
			this.#log.warn('Failed to write config.json', { path: this.#file?.path, error });
		}
	}

	async #load(): Promise<Properties> {
		if (this.#file === undefined) {
			this.#log.warn('Unable to locate config.json! Things may fail unexpectedly!');
			return {};
		}
		let text: string;
		try {
			text = await this.#file.read();
		} catch (error) {
			this.#log.warn(`Failed to read ${this.#file.path}`, { error });
			return {};
		}
		try {
			const content: unknown = JSON.parse(text);
			// An object that came out of JSON.parse.
			return typeof content === 'object' && content !== null ? (content as Properties) : {};
		} catch {
			this.#log.warn(`Failed to parse ${this.#file.path}`);
			return {};
		}
	}
}
