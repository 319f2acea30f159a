import type { Knex } from 'knex';

/** Apps are known by their uuid, images by app and commit. */
export async function up(db: Knex): Promise<void> {
	await db.raw('ALTER TABLE `app` ADD COLUMN `uuid` varchar(255)');
	await db.raw("ALTER TABLE `app` ADD COLUMN `class` varchar(255) DEFAULT 'fleet'");
	await db.raw("ALTER TABLE `app` ADD COLUMN `isHost` boolean DEFAULT '0'");
	await db.raw('CREATE UNIQUE INDEX `app_uuid_unique` ON `app` (`uuid`)');
	await db.raw('ALTER TABLE `image` ADD COLUMN `appUuid` varchar(255)');
	await db.raw('ALTER TABLE `image` ADD COLUMN `commit` varchar(255)');
}
