import { expect } from 'chai';
import Sinon from 'sinon';
import { AppsObserver, CleanupExclusions } from '../../../../src/application-manager/index.ts';
import { EngineError, type Engine } from '../../../../src/ports/engine.ts';
import { idlePorts } from '../../../support/idle-ports.ts';
import { recordedContext } from '../../../support/recorded-engine.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('an observation of the apps after one that failed', () => {
	function make() {
		const clock = new VirtualClock();
		const away = new EngineError('engine-unreachable', 'cannot reach the container engine');
		const list = Sinon.stub<[], Promise<readonly never[]>>().resolves([]);
		const ping = Sinon.stub<[], Promise<void>>().resolves();
		const engine: Partial<Engine> = {
			listContainers: list,
			listNetworks: () => Promise.resolve([]),
			listVolumes: () => Promise.resolve([]),
			listImages: () => Promise.resolve([]),
			ping,
		};
		const observer = new AppsObserver({
			// Observing calls nothing else.
			...idlePorts({ engine: engine as Engine, clock, context: recordedContext }),
			extraFirmware: { isSet: () => Promise.resolve(true) },
			exclusions: new CleanupExclusions(clock),
			failedStarts: { list: () => new Map(), keep: () => undefined },
		});
		return { away, list, ping, observe: () => observer.observe(new AbortController().signal) };
	}

	it('asks the engine first whether it answers: reads on a socket that nothing reads would hang', async () => {
		const { away, list, ping, observe } = make();
		await observe();
		Sinon.assert.notCalled(ping);
		list.rejects(away);
		expect(await observe().catch((error: unknown) => error)).to.equal(away);
		Sinon.assert.notCalled(ping);
		list.resetHistory();
		ping.rejects(away);
		expect(await observe().catch((error: unknown) => error)).to.equal(away);
		Sinon.assert.notCalled(list);
		ping.resolves();
		list.resolves([]);
		await observe();
		ping.resetHistory();
		await observe();
		Sinon.assert.notCalled(ping);
	});
});
