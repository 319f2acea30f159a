import type { Knex } from 'knex';

/** Devices that hang on other devices are no longer supported. */
export async function up(db: Knex): Promise<void> {
	if (await db.schema.hasColumn('image', 'dependent')) {
		await db.raw('ALTER TABLE `image` DROP COLUMN `dependent`');
	}
	for (const table of ['dependentDeviceTarget', 'dependentDevice', 'dependentAppTarget', 'dependentApp']) {
		await db.raw('DROP TABLE IF EXISTS ??', [table]);
	}
}
