import { expect } from 'chai';
import Sinon from 'sinon';
import { createDeviceState } from '../../../src/device-state/index.ts';
import { EngineError } from '../../../src/ports/engine.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { idlePorts } from '../../support/idle-ports.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { context } from '../../simulation/world.ts';

describe('what the loop tells of its passes', () => {
	it('is how each ended, and how long it took', async () => {
		const clock = new VirtualClock();
		const engine = new FakeEngine(clock);
		const passEnded = Sinon.stub();
		const { reconciler, close } = createDeviceState({ ...idlePorts({ engine, clock, context }), passEnded });
		const life = new AbortController();
		const list = Sinon.stub(engine, 'listContainers').rejects(new EngineError('engine-unreachable', 'away'));
		const end = reconciler.run(life.signal);
		await clock.advance(100);
		expect(passEnded.firstCall.firstArg).to.deep.equal({ hasFailed: true, ms: 0, planMs: undefined });
		list.callsFake(async () => {
			await clock.sleep(20, life.signal);
			return [];
		});
		await clock.advance(5000);
		expect(passEnded.secondCall.firstArg).to.include({ hasFailed: false, planMs: 0 });
		expect(passEnded.secondCall.firstArg).to.have.property('ms').that.is.within(20, 40);
		close();
		life.abort();
		await clock.advance(1000);
		await end;
	});
});
