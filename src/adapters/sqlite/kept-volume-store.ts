import type { KeptVolume } from '../../domain/engine-objects.ts';
import type { KeptVolumeStore } from '../../ports/stores.ts';
import type { Connection } from './connection.ts';

const TABLE = 'anonymousVolume';

interface KeptVolumeRow extends KeptVolume {
	readonly serial: number;
}

/** Read once; then the table follows the cache. */
export class SqliteKeptVolumeStore implements KeptVolumeStore {
	readonly #connection: Connection;
	#volumes: readonly KeptVolume[] | undefined;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	async list(): Promise<readonly KeptVolume[]> {
		this.#volumes ??= await this.#load();
		return this.#volumes;
	}

	async save(volumes: readonly KeptVolume[]): Promise<void> {
		const known = await this.list();
		const names = volumes.map(({ name }) => name);
		await this.#connection.transaction(async (db) => {
			await db<KeptVolumeRow>(TABLE).whereIn('name', names).delete();
			await db<KeptVolumeRow>(TABLE).insert(
				volumes.map(({ name, appId, serviceName, path }) => ({ name, appId, serviceName, path })),
			);
		});
		this.#volumes = [...known.filter(({ name }) => !names.includes(name)), ...volumes];
	}

	async forget(name: string): Promise<void> {
		const known = await this.list();
		if (!known.some((volume) => volume.name === name)) {
			return;
		}
		await this.#connection.query((db) => db<KeptVolumeRow>(TABLE).where({ name }).delete());
		this.#volumes = known.filter((volume) => volume.name !== name);
	}

	async #load(): Promise<readonly KeptVolume[]> {
		const rows = await this.#connection.query((db) => db<KeptVolumeRow>(TABLE).select().orderBy('serial'));
		return rows.map(({ name, appId, serviceName, path }) => ({ name, appId, serviceName, path }));
	}
}
