import type { Log } from '../../ports/log.ts';
import type { TextFile } from '../../ports/settings.ts';

type Properties = Readonly<Record<string, unknown>>;

/** config.json for migrations: a file that cannot be read counts as empty, and no failure of it stops a migration. */
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

	/** Later migrations of the same run read the new values, even if the file could not be written. */
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
			// an object from JSON.parse
			return typeof content === 'object' && content !== null ? (content as Properties) : {};
		} catch {
			this.#log.warn(`Failed to parse ${this.#file.path}`);
			return {};
		}
	}
}
