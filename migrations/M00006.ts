import type { Knex } from 'knex';

/** The release that was reached, per app. */
export async function up(db: Knex): Promise<void> {
	await db.raw(
		'CREATE TABLE `currentCommit` (`id` integer NOT NULL PRIMARY KEY, `appId` integer NOT NULL, ' +
			'`commit` varchar(255) NOT NULL)',
	);
	await db.raw('CREATE UNIQUE INDEX `currentcommit_appid_unique` ON `currentCommit` (`appId`)');
	const row: { readonly value: string | null } | undefined = await db('config')
		.where({ key: 'currentCommit' })
		.first('value');
	if (row?.value != null) {
		// One app may have a row for each source.
		await db.raw(
			'INSERT OR IGNORE INTO `currentCommit` (`appId`, `commit`) SELECT `appId`, ? FROM `app` WHERE `appId` IS NOT NULL',
			[row.value],
		);
		await db('config').where({ key: 'currentCommit' }).delete();
	}
}
