import type { Knex } from 'knex';

interface ConfigJson {
	/** Empty when the file cannot be read. */
	read(): Promise<Readonly<Record<string, unknown>>>;
}

export async function up(db: Knex, configJson: ConfigJson): Promise<void> {
	const { apiEndpoint } = await configJson.read();
	await db.raw('CREATE TABLE IF NOT EXISTS `logsChannelSecret` (`backend` varchar(255), `secret` varchar(255))');
	const row: { readonly value: string | null } | undefined = await db('config')
		.where({ key: 'logsChannelSecret' })
		.first('value');
	await db('logsChannelSecret').insert({
		backend: typeof apiEndpoint === 'string' ? apiEndpoint : '',
		secret: row?.value ?? null,
	});
	await db('config').where({ key: 'logsChannelSecret' }).delete();
}
