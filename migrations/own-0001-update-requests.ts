import type { Knex } from 'knex';

/** What users asked for through the device API, and what became of it. */
export async function up(db: Knex): Promise<void> {
	await db.schema.createTable('updateRequest', (table) => {
		table.increments('serial').primary();
		table.string('id').notNullable().unique();
		table.text('body').notNullable();
		table.boolean('force').notNullable().defaultTo(false);
		/** `open`, `holding` or `closed`. */
		table.string('state').notNullable();
		table.text('outcome');
	});
}
