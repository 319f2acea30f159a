import { expect } from 'chai';
import { openDatabase } from '../../../../src/adapters/sqlite/index.ts';
import { silentLog } from '../../../support/logs.ts';
import { makeTempDirectory } from './raw-database.ts';

describe('the count of reboots', () => {
	const cause = { scope: 'target 1', what: 'HOST_CONFIG_gpu_mem=64 (config.txt)' };

	it('outlives the boots that it counts', async () => {
		const directory = await makeTempDirectory();
		try {
			for (const markId of ['mark 1', 'mark 2', 'mark 2', 'mark 3']) {
				const database = await openDatabase({ path: `${directory.path}/database.sqlite`, log: silentLog });
				await database.reboots.count([cause], markId);
				if (markId === 'mark 3') await database.reboots.giveUp(cause);
				await database.close();
			}
			const database = await openDatabase({ path: `${directory.path}/database.sqlite`, log: silentLog });
			expect(await database.reboots.list()).to.deep.equal([{ ...cause, reboots: 3, isGivenUp: true }]);
			await database.close();
		} finally {
			await directory.remove();
		}
	});
});
