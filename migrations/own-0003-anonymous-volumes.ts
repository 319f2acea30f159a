import type { Knex } from 'knex';

/** Volumes without a name of containers that are gone: the next ones of their services take them over. */
export async function up(db: Knex): Promise<void> {
	await db.schema.createTable('anonymousVolume', (table) => {
		table.increments('serial').primary();
		table.string('name').notNullable().unique();
		table.integer('appId').notNullable();
		table.string('serviceName').notNullable();
		table.string('path').notNullable();
	});
}
