import type { Knex } from 'knex';

interface ConfigJson {
	/** Empty when the file cannot be read. */
	read(): Promise<Readonly<Record<string, unknown>>>;
}

/** Local mode moves from config.json, where the property stays. */
export async function up(db: Knex, configJson: ConfigJson): Promise<void> {
	const { localMode } = await configJson.read();
	const isLocal = ['1', 'true', 'on'].includes(String(localMode).toLowerCase());
	await db('config').where({ key: 'localMode' }).delete();
	await db('config').insert({ key: 'localMode', value: String(isLocal) });
}
