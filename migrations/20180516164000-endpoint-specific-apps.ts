import type { Knex } from 'knex';

interface ConfigJson {
	/** Empty when the file cannot be read. */
	read(): Promise<Readonly<Record<string, unknown>>>;
}

/** Apps belong to the endpoint that they came from. */
export async function up(db: Knex, configJson: ConfigJson): Promise<void> {
	const { apiEndpoint } = await configJson.read();
	await db.raw('ALTER TABLE `app` ADD COLUMN `source` varchar(255)');
	await db('app').update({ source: typeof apiEndpoint === 'string' ? apiEndpoint : '' });
}
