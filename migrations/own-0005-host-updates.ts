import type { Knex } from 'knex';

/** Attempts to install a release of the host OS, for each release that was wanted. */
export async function up(db: Knex): Promise<void> {
	await db.schema.createTable('hostUpdate', (table) => {
		table.string('commit').notNullable().primary();
		/** The release, as JSON. */
		table.text('release').notNullable();
		table.integer('attempts').notNullable();
		/** Wall time of the last attempt, ms. */
		table.integer('attemptedAt').nullable();
		table.text('failure').nullable();
	});
}
