import type { Knex } from 'knex';

/** What happened on the device; since when reasons hold; who asked for a request. */
export async function up(db: Knex): Promise<void> {
	await db.schema.createTable('history', (table) => {
		table.increments('id').primary();
		table.string('kind').notNullable();
		table.string('event').notNullable();
		table.integer('appId');
		table.string('appUuid');
		table.string('serviceName');
		table.text('sentence').notNullable();
		/** JSON. */
		table.text('details');
		/** Equal for repeats of the same event. */
		table.string('identity').notNullable().index('history_identity');
		table.integer('count').notNullable();
		/** Wall time, ms. */
		table.bigInteger('firstAt').notNullable();
		table.bigInteger('lastAt').notNullable();
		table.boolean('isSynchronised').notNullable();
		/** The boot in which it happened last, and when that began by the clock with which the row was written. */
		table.string('boot').notNullable();
		table.bigInteger('bootedAt').notNullable();
		table.integer('bytes').notNullable();
	});
	await db.schema.createTable('heldReason', (table) => {
		table.string('id').primary();
		/** Wall time, ms. */
		table.bigInteger('since').notNullable();
	});
	await db.schema.alterTable('updateRequest', (table) => {
		table.text('asker');
	});
}
