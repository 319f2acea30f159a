import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
	await db.raw('DROP TABLE IF EXISTS `containerLogs`');
}
