import type { Knex } from 'knex';

/** Apps whose contract this device does not meet. */
export async function up(db: Knex): Promise<void> {
	await db.raw("ALTER TABLE `app` ADD COLUMN `rejected` boolean DEFAULT '0'");
}
