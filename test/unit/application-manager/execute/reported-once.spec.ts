import { expect } from 'chai';
import Sinon from 'sinon';
import { lockExecutors } from '../../../../src/application-manager/execute/lock-executors.ts';
import { networkExecutors } from '../../../../src/application-manager/execute/network-executors.ts';
import { ReportOnce } from '../../../../src/lib/report-once.ts';
import type { ExecutorOptions } from '../../../../src/application-manager/execute/executor-options.ts';
import type { ExecutionContext } from '../../../../src/ports/executors.ts';
import { linesOf, stubSystemLog } from '../../../support/logs.ts';

const CONTEXT: ExecutionContext = { signal: new AbortController().signal, progress: () => undefined };

describe('application-manager: what fails again and again is reported once', () => {
	let systemLog: ReturnType<typeof stubSystemLog>;
	let work: Sinon.SinonStub;

	beforeEach(() => {
		systemLog = stubSystemLog();
		work = Sinon.stub().rejects(new Error('no'));
	});

	/** Only the parts that these steps use. */
	const options = () =>
		({
			locks: { take: work, release: () => Promise.resolve() },
			engine: { removeNetwork: work },
			systemLog,
			failures: new ReportOnce(),
		}) as unknown as ExecutorOptions;

	it('locks that are held', async () => {
		const { takeLock } = lockExecutors(options());
		const take = () =>
			takeLock({ kind: 'takeLock', appId: 1, services: ['a'], force: false }, CONTEXT).catch(() => undefined);
		for (let n = 0; n < 3; n++) await take();
		expect(linesOf(systemLog)).to.deep.equal(['Taking update locks', 'Releasing update locks']);
		work.resolves();
		await take();
		await take();
		expect(linesOf(systemLog).slice(2)).to.deep.equal(['Taking update locks', 'Taking update locks']);
	});

	it('a network that cannot be removed, until the reason is another one', async () => {
		const { removeNetwork } = networkExecutors(options());
		const step = { kind: 'removeNetwork', appId: 1, networkId: 'n', name: 'a_lan', networkName: 'lan' } as const;
		const remove = () => removeNetwork(step, CONTEXT).catch(() => undefined);
		for (let n = 0; n < 3; n++) await remove();
		work.rejects(new Error('still no'));
		for (let n = 0; n < 3; n++) await remove();
		expect(linesOf(systemLog)).to.deep.equal([
			"Removing network 'lan'",
			"Error removing network 'lan' due to 'no'",
			"Error removing network 'lan' due to 'still no'",
		]);
	});
});
