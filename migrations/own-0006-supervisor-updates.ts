import type { Knex } from 'knex';

/** The last try to run another supervisor: one row. */
export async function up(db: Knex): Promise<void> {
	await db.schema.createTable('supervisorUpdate', (table) => {
		table.integer('id').primary();
		table.text('image').notNullable();
		table.string('commit').notNullable();
		table.string('version').notNullable();
		table.string('fromImageId').notNullable();
		table.integer('attempts').notNullable();
		/** By the wall clock, ms since 1970. */
		table.integer('attemptedAt').notNullable();
		table.string('state').notNullable();
		table.text('failure');
	});
}
