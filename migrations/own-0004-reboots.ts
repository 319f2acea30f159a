import type { Knex } from 'knex';

/** Reboots that the supervisor has made on its own, by what they were to apply. */
export async function up(db: Knex): Promise<void> {
	await db.schema.createTable('reboot', (table) => {
		table.string('scope').notNullable();
		table.text('what').notNullable();
		table.integer('reboots').notNullable();
		/** Of the mark for which it was counted last. */
		table.string('markId').notNullable();
		table.boolean('isGivenUp').notNullable().defaultTo(false);
		table.primary(['scope', 'what']);
	});
}
