import { expect } from 'chai';
import { createDeviceState, LOOP_DEFAULTS } from '../../../src/device-state/index.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { idlePorts } from '../../support/idle-ports.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { context } from '../../simulation/world.ts';

describe('the device state, put together', () => {
	it('looks again at once when a setting has changed', async () => {
		const clock = new VirtualClock();
		const ports = idlePorts({ engine: new FakeEngine(clock), clock, context });
		let settingChanged = (): void => undefined;
		const { reconciler, close } = createDeviceState({
			...ports,
			onSettingsChange: (listener) => {
				settingChanged = listener;
				return () => undefined;
			},
		});
		const life = new AbortController();
		const end = reconciler.run(life.signal);
		let passes = 0;
		const stopCounting = ports.status.onChange(() => {
			passes += 1;
		});
		await clock.advance(LOOP_DEFAULTS.resyncMs / 2); // whatever the start brings is over
		passes = 0;
		await clock.advance(60_000);
		expect(passes, 'at rest').to.equal(0);
		settingChanged();
		await clock.advance(1000);
		expect(passes).to.equal(1);
		stopCounting();
		close();
		life.abort();
		await clock.advance(1000);
		await end;
	});
});
