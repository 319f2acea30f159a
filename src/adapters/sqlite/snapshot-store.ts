import type { EngineSnapshot, SnapshotStore } from '../../ports/snapshot-store.ts';
import type { Connection } from './connection.ts';
import { corruptValue } from './database-error.ts';

interface SnapshotRow {
	readonly snapshot: string;
	readonly timestamp: string;
}

export class SqliteSnapshotStore implements SnapshotStore {
	readonly #connection: Connection;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	async read(): Promise<{ readonly snapshot: EngineSnapshot; readonly takenAt: string } | undefined> {
		const row = await this.#connection.query((db) =>
			db<SnapshotRow>('engineSnapshot').orderBy('rowid', 'desc').first(),
		);
		return row === undefined ? undefined : { snapshot: this.#parse(row.snapshot), takenAt: row.timestamp };
	}

	async save(snapshot: EngineSnapshot, takenAt: Date): Promise<void> {
		await this.#connection.transaction(async (db) => {
			await db('engineSnapshot').delete();
			await db('engineSnapshot').insert({ snapshot: JSON.stringify(snapshot), timestamp: takenAt.toISOString() });
		});
	}

	async remove(): Promise<void> {
		await this.#connection.query((db) => db('engineSnapshot').delete());
	}

	#parse(text: string): EngineSnapshot {
		let value: unknown;
		try {
			value = JSON.parse(text);
		} catch {
			throw this.#corrupt();
		}
		if (typeof value !== 'object' || value === null) {
			throw this.#corrupt();
		}
		const lists: Readonly<Record<string, unknown>> = { ...value };
		return {
			containers: toIds(lists['containers']),
			images: toIds(lists['images']),
			volumes: toIds(lists['volumes']),
			networks: toIds(lists['networks']),
		};
	}

	#corrupt(): Error {
		const where = { path: this.#connection.path, column: 'engineSnapshot.snapshot' };
		return corruptValue('not a JSON object', where);
	}
}

function toIds(value: unknown): readonly string[] {
	return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}
