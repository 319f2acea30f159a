import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
	await db.raw('CREATE TABLE `containerLogs` (`containerId` varchar(255), `lastSentTimestamp` integer)');
}
