import { openDatabase } from '../../../../src/adapters/sqlite/index.ts';
import { silentLog } from '../../../support/logs.ts';

// Run by a test, which kills it: writes batches of two rows to the history, without end.

const [, , path = ''] = process.argv;
const database = await openDatabase({ path, log: silentLog });
const clock = { boot: 'b', bootedAt: 0, isSynchronised: true };
for (let id = (await database.history.lastId()) + 1; ; id += 2) {
	const entries = [id, id + 1].map((n) => ({
		...({ kind: 'step', event: 'done', sentence: `number ${n} ${'x'.repeat(300)}` } as const),
		...{ id: n, count: 1, firstAt: n, lastAt: n },
	}));
	await database.history.write({ entries, clock });
	if (entries[0]?.id === id) {
		process.send?.('writing');
	}
}
