import type { Knex } from 'knex';

/** Services that ended by themselves and were started again by us. */
export async function up(db: Knex): Promise<void> {
	await db.schema.createTable('crash', (table) => {
		table.string('containerId').primary();
		table.integer('restarts').notNullable();
		table.integer('exitCode').notNullable();
		table.text('error').notNullable();
		table.text('lines').notNullable();
		/** Of the last start, milliseconds of the wall clock. */
		table.bigInteger('startedAt').notNullable();
	});
}
