import { expect } from 'chai';
import Sinon from 'sinon';
import { ServiceExits } from '../../../../src/application-manager/index.ts';
import type { EngineEvent } from '../../../../src/ports/engine.ts';
import { linesOf, stubSystemLog } from '../../../support/logs.ts';

describe('application-manager: the user is notified of services that end', () => {
	let systemLog: ReturnType<typeof stubSystemLog>;
	let exits: ServiceExits;

	beforeEach(() => {
		systemLog = stubSystemLog();
		exits = new ServiceExits(systemLog);
	});

	const note = (action: string, more: { readonly id?: string; readonly exitCode?: number } = {}) => {
		const event: EngineEvent = {
			...{ type: 'container', action, id: 'c1', service: { name: 'web', image: 'sha256:1' } },
			...more,
		};
		exits.note(event);
	};

	it('planner 12, cloud-api 13.5: of a crash, with its cause, and of the restart by the engine', () => {
		note('create');
		note('start');
		Sinon.assert.notCalled(systemLog.write); // its first start
		note('die', { exitCode: 3 });
		note('start');
		note('die', { exitCode: 0 });
		note('start', { id: 'c2' });
		expect(linesOf(systemLog)).to.deep.equal([
			"Service exited 'web sha256:1' due to 'exit code 3'",
			"Restarting service 'web sha256:1'",
			"Service exited 'web sha256:1'",
		]);
	});

	it('a start by the supervisor is reported by its step, whether the event or the answer is first', async () => {
		note('die', { exitCode: 143 });
		await exits.starting('c1', () => Promise.resolve('done'));
		note('start');
		note('die', { exitCode: 143 });
		await exits.starting('c1', () => Promise.resolve(note('start')));
		expect(linesOf(systemLog)).to.deep.equal(["Service exited 'web sha256:1'", "Service exited 'web sha256:1'"]);
		note('die', { exitCode: 1 });
		note('start');
		// The next one is the engine's.
		Sinon.assert.calledWithExactly(systemLog.write.lastCall, "Restarting service 'web sha256:1'");
	});

	it('a start of its own that did not happen hides none of the engine', async () => {
		note('die');
		await exits.starting('c1', () => Promise.reject(new Error('no'))).catch(() => undefined);
		note('start');
		note('die');
		await exits.starting('c1', () => Promise.resolve('already'));
		note('start');
		expect(linesOf(systemLog).filter((line) => line.startsWith('Restarting'))).to.have.length(2);
	});

	it('nothing of other containers, nor of what may have been missed', () => {
		exits.note({ type: 'container', action: 'die', id: 'x', exitCode: 1 });
		exits.note({ type: 'image', action: 'delete', id: 'sha256:1' });
		note('die');
		exits.note({ type: 'connected' });
		note('start');
		note('die');
		note('destroy');
		note('start');
		expect(linesOf(systemLog)).to.deep.equal(["Service exited 'web sha256:1'", "Service exited 'web sha256:1'"]);
	});
});
