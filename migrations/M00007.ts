import type { Knex } from 'knex';

interface Secret {
	readonly id: number;
	readonly appId: number | null;
	readonly serviceId: number | null;
}

/** Keys belong to a service by its name, which stays the same from release to release. */
export async function up(db: Knex): Promise<void> {
	await db.raw('ALTER TABLE `apiSecret` ADD COLUMN `serviceName` varchar(255)');
	const names = await readServiceNames(db);
	const taken = new Set<string>();
	const secrets: readonly Secret[] = await db('apiSecret').select('id', 'appId', 'serviceId').orderBy('id', 'desc');
	for (const { id, appId, serviceId } of secrets) {
		const serviceName = names.get(`${appId}/${serviceId}`);
		const owner = `${appId}/${serviceName}`;
		if (serviceName !== undefined && taken.has(owner)) {
			await db('apiSecret').where({ id }).delete(); // a service that was renumbered has two keys: the newer stays
		} else if (serviceName !== undefined) {
			taken.add(owner);
			await db('apiSecret').where({ id }).update({ serviceName });
		}
	}
	await db.raw('DROP INDEX IF EXISTS `apisecret_appid_serviceid_unique`');
	await db.raw('ALTER TABLE `apiSecret` DROP COLUMN `serviceId`');
	await db.raw('CREATE UNIQUE INDEX `apisecret_appid_servicename_unique` ON `apiSecret` (`appId`, `serviceName`)');
}

interface NamedService {
	readonly appId: unknown;
	readonly serviceId: unknown;
	readonly serviceName: unknown;
}

/** `<app id>/<service id>` → name. */
async function readServiceNames(db: Knex): Promise<ReadonlyMap<string, string>> {
	const apps: readonly { readonly appId: number | null; readonly services: string | null }[] = await db('app').select(
		'appId',
		'services',
	);
	const names = new Map<string, string>();
	for (const { appId, services } of apps) {
		// Written by ourselves; if it does not parse, the migration fails as a whole.
		for (const { serviceId, serviceName } of JSON.parse(services ?? '[]') as readonly NamedService[]) {
			if (typeof serviceName === 'string') {
				names.set(`${appId}/${String(serviceId)}`, serviceName);
			}
		}
	}
	return names;
}
