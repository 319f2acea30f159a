import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
	await db.raw('CREATE TABLE `engineSnapshot` (`snapshot` varchar(255), `timestamp` varchar(255))');
}
