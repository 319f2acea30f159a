import Sinon from 'sinon';
import { createDeviceState, LOOP_DEFAULTS } from '../../../src/device-state/index.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { idlePorts } from '../../support/idle-ports.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { context } from '../../simulation/world.ts';

describe('the device state, put together', () => {
	it('looks again at once when a setting has changed', async () => {
		const clock = new VirtualClock();
		const ports = idlePorts({ engine: new FakeEngine(clock), clock, context });
		const onSettingsChange = Sinon.stub<[() => void], () => void>().returns(() => undefined);
		const { reconciler, close } = createDeviceState({ ...ports, onSettingsChange });
		const life = new AbortController();
		const end = reconciler.run(life.signal);
		const passEnded = Sinon.stub();
		const unsubscribe = ports.status.onChange(passEnded);
		await clock.advance(LOOP_DEFAULTS.resyncMs / 2); // whatever the start brings is over
		passEnded.resetHistory();
		await clock.advance(60_000);
		Sinon.assert.notCalled(passEnded); // at rest
		onSettingsChange.yield();
		await clock.advance(1000);
		Sinon.assert.calledOnce(passEnded);
		unsubscribe();
		close();
		life.abort();
		await clock.advance(1000);
		await end;
	});
});
