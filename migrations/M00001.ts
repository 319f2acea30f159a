import type { Knex } from 'knex';

interface ConfigJson {
	/** Empty when the file cannot be read. */
	read(): Promise<Readonly<Record<string, unknown>>>;
	write(properties: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Local mode moves to config.json, from where M00002 takes it back. */
export async function up(db: Knex, configJson: ConfigJson): Promise<void> {
	const row: { readonly value: string | null } | undefined = await db('config')
		.where({ key: 'localMode' })
		.first('value');
	if (row !== undefined) {
		const localMode = ['1', 'true', 'on'].includes(String(row.value).toLowerCase());
		await configJson.write({ ...(await configJson.read()), localMode });
		await db('config').where({ key: 'localMode' }).delete();
	}
}
