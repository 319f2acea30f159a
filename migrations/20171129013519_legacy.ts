import type { Knex } from 'knex';

/** Brings any file from before v7 to one known shape, which the next migration converts. */
export async function up(db: Knex): Promise<void> {
	await db.raw('CREATE TABLE IF NOT EXISTS `config` (`key` varchar(255), `value` varchar(255), PRIMARY KEY (`key`))');
	await db.raw('CREATE TABLE IF NOT EXISTS `deviceConfig` (`values` json, `targetValues` json)');
	if ((await db('deviceConfig').first()) === undefined) {
		await db.raw("INSERT INTO `deviceConfig` (`values`, `targetValues`) VALUES ('{}', '{}')");
	}
	await bringApps(db);
	// Tables of later migrations with the same names, or of features that are gone. The dependent tables are dropped by
	// M00010 in the same transaction, so nobody would ever see them converted.
	for (const table of ['image', 'container']) {
		await db.raw('DROP TABLE IF EXISTS ??', [table]);
	}
}

async function bringApps(db: Knex): Promise<void> {
	await db.raw(
		'CREATE TABLE IF NOT EXISTS `app` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `name` varchar(255), ' +
			'`containerName` varchar(255), `commit` varchar(255), `imageId` varchar(255), `appId` varchar(255), ' +
			'`privileged` boolean, `env` json, `config` json, `markedForDeletion` boolean)',
	);
	for (const column of ['name', 'imageId', 'appId', 'commit', 'containerName', 'env', 'config', 'markedForDeletion']) {
		if (!(await db.schema.hasColumn('app', column))) {
			await db.raw('ALTER TABLE `app` ADD COLUMN ??', [column]);
		}
	}
	await db.raw("UPDATE `app` SET `config` = '{}' WHERE `config` IS NULL");
	await db.raw('UPDATE `app` SET `markedForDeletion` = 0 WHERE `markedForDeletion` IS NULL');
}
