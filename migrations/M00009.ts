import type { Knex } from 'knex';

/** Forgets what came without uuids: the cloud sends it again. Apps of local mode have nobody to ask, so theirs are made up. */
export async function up(db: Knex): Promise<void> {
	const legacy: { readonly value: string | null } | undefined = await db('config')
		.where({ key: 'legacyAppsPresent' })
		.first('value');
	if (legacy?.value === 'true') {
		return; // normalised at start, with the help of the cloud
	}
	await db('image').delete();
	await db.raw("DELETE FROM `app` WHERE `source` IS NOT 'local'");
	await db('config').where({ key: 'targetStateSet' }).delete();

	const apps: readonly { readonly id: number; readonly appId: number | null; readonly services: string | null }[] =
		await db('app').select('id', 'appId', 'services').orderBy('id');
	for (const { id, appId, services } of apps) {
		const uuid = String(appId);
		// Written by ourselves; if it does not parse, the migration fails as a whole.
		const named = (JSON.parse(services ?? '[]') as readonly object[]).map((service) => ({ ...service, appUuid: uuid }));
		// Of two rows of one app the newer stays: uuids are unique.
		await db.raw('UPDATE OR REPLACE `app` SET `uuid` = ?, `services` = ? WHERE `id` = ?', [
			uuid,
			JSON.stringify(named),
			id,
		]);
	}
}
