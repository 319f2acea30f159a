import type { Knex } from 'knex';

/** Takes the prefixes off the names of the device's configuration variables. */
export async function up(db: Knex): Promise<void> {
	const row: { readonly targetValues: string | null } | undefined = await db('deviceConfig').first('targetValues');
	const values: unknown = JSON.parse(row?.targetValues ?? '{}');
	if (typeof values === 'object' && values !== null) {
		const stripped = Object.entries(values).map(([name, value]): [string, unknown] => [
			name.replace(/^(?:RESIN|BALENA)_/, ''),
			value,
		]);
		await db('deviceConfig').update({ targetValues: JSON.stringify(Object.fromEntries(stripped)) });
	}
}
