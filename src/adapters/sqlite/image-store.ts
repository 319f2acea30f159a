import type { Knex } from 'knex';
import type { ImageRecord, StoredImageRecord } from '../../domain/engine-objects.ts';
import type { ImageStore } from '../../ports/stores.ts';
import type { Connection } from './connection.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';

interface ImageRow {
	readonly id: number;
	readonly name: string | null;
	readonly appId: number | null;
	readonly serviceId: number | null;
	readonly serviceName: string | null;
	readonly imageId: number | null;
	readonly releaseId: number | null;
	readonly dockerImageId: string | null;
	readonly appUuid: string | null;
	readonly commit: string | null;
}

/** The whole table is cached: each pass reads it, and only this process writes it. */
export class SqliteImageStore implements ImageStore {
	readonly #connection: Connection;
	readonly #queue = new SerialQueue();
	#records: readonly StoredImageRecord[] | undefined;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	async list(): Promise<readonly StoredImageRecord[]> {
		return this.#records ?? (await this.#queue.run(() => this.#load()));
	}

	async save(record: ImageRecord, dockerImageId?: string): Promise<void> {
		await this.#queue.run(async () => {
			const records = await this.#load();
			const alike = records.filter((other) => textOf(other) === textOf(record));
			const same = alike.find((other) => other.dockerImageId === dockerImageId) ?? alike[0];
			if (same === undefined) {
				const row = toRow(record, dockerImageId);
				const id = await this.#connection.query((db) => insertImage(db, row));
				this.#records = [...records, toRecord({ ...row, id })];
			} else if (dockerImageId !== undefined && same.dockerImageId !== dockerImageId) {
				await this.#connection.query((db) => db('image').where({ id: same.id }).update({ dockerImageId }));
				this.#records = records.map((other) => (other === same ? { ...same, dockerImageId } : other));
			}
		});
	}

	async remove(id: number): Promise<void> {
		await this.#queue.run(async () => {
			const records = await this.#load();
			await this.#connection.query((db) => db('image').where({ id }).delete());
			this.#records = records.filter((record) => record.id !== id);
		});
	}

	async #load(): Promise<readonly StoredImageRecord[]> {
		this.#records ??= await this.#connection.query(async (db) =>
			(await db<ImageRow>('image').select('*').orderBy('id')).map(toRecord),
		);
		return this.#records;
	}
}

async function insertImage(db: Knex, row: Omit<ImageRow, 'id'>): Promise<number> {
	const [id] = await db('image').insert(row);
	return id ?? 0;
}

function toRow(record: ImageRecord, dockerImageId: string | undefined): Omit<ImageRow, 'id'> {
	return {
		name: record.name,
		appId: record.appId,
		serviceId: record.serviceId,
		serviceName: record.serviceName,
		imageId: record.imageId,
		releaseId: record.releaseId,
		dockerImageId: dockerImageId ?? null,
		appUuid: record.appUuid ?? null,
		commit: record.commit ?? null,
	};
}

function toRecord(row: ImageRow): StoredImageRecord {
	return {
		id: row.id,
		name: row.name ?? '',
		appId: row.appId ?? 0,
		serviceId: row.serviceId ?? 0,
		serviceName: row.serviceName ?? '',
		imageId: row.imageId ?? 0,
		releaseId: row.releaseId ?? 0,
		...(row.dockerImageId !== null && { dockerImageId: row.dockerImageId }),
		...(row.appUuid !== null && { appUuid: row.appUuid }),
		...(row.commit !== null && { commit: row.commit }),
	};
}

/** The columns that say which service of which release an image belongs to. */
function textOf(record: ImageRecord): string {
	const { name, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit } = record;
	return JSON.stringify([name, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit]);
}
