import { expect } from 'chai';
import { supervisorExecutors } from '../../../../src/device-state/execute/supervisor-executors.ts';
import { SystemBusError } from '../../../../src/ports/system-units.ts';
import type { UnitEnd } from '../../../../src/ports/transient-units.ts';
import { linesOf, silentLog, stubSystemLog } from '../../../support/logs.ts';
import {
	MemorySupervisorHost,
	MemorySupervisorUpdateStore,
	supervisorPorts,
} from '../../../support/memory-supervisor.ts';
import { rejectionOf } from '../../adapters/sqlite/raw-database.ts';

const IMAGE = 'r.io/new@sha256:abc';
const OURS = { 'org.opencontainers.image.title': 'balena-supervisor', 'org.opencontainers.image.version': '21.0.0' };
const step = { kind: 'updateSupervisor', image: IMAGE, commit: 'c', attempt: 1 } as const;
const FAILED: UnitEnd = { kind: 'failed', result: 'exit-code', exitStatus: 1, invocationId: 'b00' };

describe('updating the supervisor', () => {
	function make({
		labels = OURS,
		isThere = true,
	}: { labels?: Readonly<Record<string, string>>; isThere?: boolean } = {}) {
		const host = new MemorySupervisorHost();
		host.configured = 'r.io/old:1';
		host.imageId = 'sha256:old';
		const attempts = new MemorySupervisorUpdateStore({ now: () => 0 });
		const systemLog = stubSystemLog();
		const inspection = { Id: 'sha256:new', Config: { Labels: labels } };
		const { updateSupervisor } = supervisorExecutors({
			supervisor: supervisorPorts(host, attempts),
			engine: { inspectImage: () => Promise.resolve(isThere ? inspection : undefined) },
			log: silentLog,
			systemLog,
		});
		const controller = new AbortController();
		const run = () => updateSupervisor(step, { signal: controller.signal, progress: () => undefined });
		return { host, attempts, systemLog, run, controller };
	}

	it('records the attempt before the unit starts, and leaves it open when this process ends', async () => {
		const { host, attempts, run, controller } = make();
		let before: unknown;
		host.onRun = async () => {
			before = await attempts.read();
			controller.abort(new Error('the process ends'));
			return await new Promise(() => undefined);
		};
		await rejectionOf(run());
		expect(before).to.deep.include({ state: 'started', image: IMAGE, version: '21.0.0', fromImageId: 'sha256:old' });
		expect(await attempts.read()).to.deep.equal(before);
	});

	it('takes the reason from the lines of the script, else from the end of the unit', async () => {
		for (const [lines, end, expected] of [
			[['a', 'Update failed: not healthy', 'systemd: failed'], FAILED, 'not healthy'],
			[['sh: syntax error'], FAILED, 'exit status 1, last line: sh: syntax error'],
			[[], { kind: 'failed', result: 'signal', killedBySignal: 9 }, 'it was ended (signal)'],
			[[], { kind: 'succeeded' }, 'it ended without a result'],
		] as const satisfies readonly (readonly [readonly string[], UnitEnd, string])[]) {
			const { host, attempts, systemLog, run } = make();
			host.lines = lines;
			host.onRun = () => Promise.resolve(end);
			await run();
			expect(await attempts.read()).to.deep.include({ state: 'failed', failure: expected });
			expect(linesOf(systemLog).at(-1)).to.equal(
				`Update of the supervisor to version 21.0.0 failed (attempt 1 of 3): ${expected}`,
			);
		}
	});

	it('is done when the configuration names the new image, also if systemd cannot be asked', async () => {
		const { host, attempts, systemLog, run } = make();
		await attempts.begin({ image: IMAGE, commit: 'c', version: '21.0.0', fromImageId: 'sha256:old', attempts: 1 });
		host.configured = IMAGE;
		host.onWait = () => Promise.reject(new SystemBusError('bus-unreachable', 'no bus'));
		await run();
		expect(await attempts.read()).to.deep.include({ state: 'done' });
		expect(linesOf(systemLog)).to.deep.equal(['Supervisor updated to version 21.0.0']);
	});

	it('waits for a unit that may run although its start was not confirmed, and gives that reason if it does not', async () => {
		const { host, attempts, run } = make();
		host.onRun = () => Promise.reject(new SystemBusError('bus-no-answer', 'the system bus gives no answer'));
		await rejectionOf(run());
		expect(await attempts.read()).to.deep.include({ state: 'started' });
		await run();
		expect(host.started).to.have.length(1);
		expect(await attempts.read()).to.deep.include({ state: 'failed', failure: 'the system bus gives no answer' });
	});

	it('host #44: refuses an image without our title, and starts nothing', async () => {
		for (const labels of [{}, { ...OURS, 'org.opencontainers.image.title': 'other' }]) {
			const { host, attempts, systemLog, run } = make({ labels });
			await run();
			expect((await attempts.read())?.state).to.equal('refused');
			expect(host.started).to.deep.equal([]);
			expect(linesOf(systemLog)).to.have.length(1);
		}
	});

	it('passes no version on that a shell could read as something else', async () => {
		const { host, run } = make({ labels: { ...OURS, 'org.opencontainers.image.version': '1"; rm -rf /' } });
		host.onRun = () => Promise.resolve(FAILED);
		await run();
		expect(host.started[0]?.command.slice(2)).to.deep.equal([IMAGE, 'unknown', '300', '60']);
	});

	it('counts no attempt when the image is gone, or there is no own container', async () => {
		const gone = make({ isThere: false });
		await rejectionOf(gone.run());
		expect(await gone.attempts.read()).to.equal(undefined);
		const alone = make();
		alone.host.imageId = undefined;
		await rejectionOf(alone.run());
		expect(await alone.attempts.read()).to.equal(undefined);
	});
});
