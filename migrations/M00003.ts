import type { Knex } from 'knex';

/** An empty time-out for applying deltas meant none; from here on that is `0`. */
export async function up(db: Knex): Promise<void> {
	const row: { readonly targetValues: string | null } | undefined = await db('deviceConfig').first('targetValues');
	const values: unknown = JSON.parse(row?.targetValues ?? '{}');
	if (typeof values !== 'object' || values === null || !('SUPERVISOR_DELTA_APPLY_TIMEOUT' in values)) {
		return;
	}
	if (values.SUPERVISOR_DELTA_APPLY_TIMEOUT === '') {
		const targetValues = JSON.stringify({ ...values, SUPERVISOR_DELTA_APPLY_TIMEOUT: '0' });
		await db('deviceConfig').update({ targetValues });
	}
}
