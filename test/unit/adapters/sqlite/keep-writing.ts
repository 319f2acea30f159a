import { openDatabase } from '../../../../src/adapters/sqlite/index.ts';
import { silentLog } from '../../../support/logs.ts';

// Run by a test, which kills it: writes two rows that must always be equal, and everything else, without end.

const [, , path = ''] = process.argv;
process.send?.('opening');
const database = await openDatabase({ path, log: silentLog });
for (let n = 0; ; n += 1) {
	const value = `${n} ${'x'.repeat(5000)}`;
	await database.settings.write(
		new Map([
			['name', value],
			['initialConfigReported', value],
		]),
	);
	await database.commits.save(1, value);
	if (n === 0) {
		process.send?.('writing');
	}
}
