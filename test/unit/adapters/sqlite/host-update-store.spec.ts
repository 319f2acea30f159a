import { expect } from 'chai';
import { openDatabase } from '../../../../src/adapters/sqlite/index.ts';
import { silentLog } from '../../../support/logs.ts';
import { makeTempDirectory, RawDatabase } from './raw-database.ts';

const HOUR_MS = 3_600_000;
const release = {
	...{ appId: 3, appUuid: 'a', commit: 'c1', serviceName: 'hostapp' },
	...{ image: 'os@sha256:1', updater: 'updater@sha256:2', build: 'b1' },
};
const at = (nowMs: number, wallMs: number) => ({ now: () => nowMs, wall: () => new Date(wallMs) });

describe('the memory of host OS updates', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/database.sqlite`;
	});
	afterEach(() => directory.remove());

	/** As a new process reads it. */
	async function readAt(clock: ReturnType<typeof at>) {
		const database = await openDatabase({ path, log: silentLog });
		try {
			return await database.hostUpdateStore(clock).list();
		} finally {
			await database.close();
		}
	}

	async function beginAt(clock: ReturnType<typeof at>): Promise<void> {
		const database = await openDatabase({ path, log: silentLog });
		await database.hostUpdateStore(clock).begin(release, 2);
		await database.close();
	}

	it('has the age of an attempt after a restart, and none in the future if the clock was set back', async () => {
		await beginAt(at(500_000, 10 * HOUR_MS));
		expect(await readAt(at(70_000, 12 * HOUR_MS))).to.deep.equal([
			{ release, attempts: 2, attemptedAt: 70_000 - 2 * HOUR_MS },
		]);
		expect((await readAt(at(70_000, HOUR_MS)))[0]?.attemptedAt).to.equal(70_000);
	});

	it('counts anew after damage', async () => {
		await beginAt(at(0, 0));
		await new RawDatabase(path).exec(`update hostUpdate set release = '{"appId":'`);
		expect(await readAt(at(0, 0))).to.deep.equal([]);
	});
});
