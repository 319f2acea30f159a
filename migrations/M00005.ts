import type { Knex } from 'knex';

/** Keys of the device API get scopes; the single one from before is dropped. */
export async function up(db: Knex): Promise<void> {
	await db.raw(
		'CREATE TABLE `apiSecret` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `appId` integer, `serviceId` integer, ' +
			'`key` varchar(255), `scopes` varchar(255))',
	);
	await db.raw('CREATE UNIQUE INDEX `apisecret_appid_serviceid_unique` ON `apiSecret` (`appId`, `serviceId`)');
	await db('config').where({ key: 'apiSecret' }).delete();
}
