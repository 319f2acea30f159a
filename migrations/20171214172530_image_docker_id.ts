import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
	await db.raw('ALTER TABLE `image` ADD COLUMN `dockerImageId` varchar(255)');
}
