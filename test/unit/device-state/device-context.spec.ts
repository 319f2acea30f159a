import { expect } from 'chai';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/config/index.ts';
import { DeviceContext } from '../../../src/device-state/index.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { HOST } from '../config/memory-setting-rows.ts';

describe('the context of services', () => {
	function make() {
		const world: { settings: Settings; deviceType: () => Promise<{ slug: string; arch: string }> } = {
			settings: DEFAULT_SETTINGS,
			deviceType: () => HOST.deviceType(),
		};
		const context = new DeviceContext({
			config: { current: () => world.settings },
			host: { ...HOST, deviceType: () => world.deviceType() },
			composeFacts: () => Promise.resolve({ hostname: 'h', hasKernelModules: true, hasFirmware: false }),
			dockerSocketPath: '/s',
			supervisorHost: '10.114.104.1',
		});
		return { world, context };
	}

	it('is the same object until a fact of it changes', async () => {
		const { world, context } = make();
		const first = await context.read();
		expect(first).to.include({ hostname: 'h', dockerSocket: '/s', hasFirmware: false, deviceName: 'local' });
		world.settings = { ...DEFAULT_SETTINGS, delta: true };
		expect(await context.read()).to.equal(first);
		world.settings = { ...DEFAULT_SETTINGS, deviceName: 'n', hostname: 'wanted' };
		expect(await context.read()).to.include({ deviceName: 'n', hostname: 'wanted' });
	});

	it('has an unknown device type until it can be read', async () => {
		const { world, context } = make();
		world.deviceType = () => Promise.reject(new OperationalError('file-missing', 'no file'));
		expect(await context.read()).to.include({ deviceType: 'unknown', deviceArch: 'unknown' });
		world.deviceType = () => HOST.deviceType();
		expect(await context.read()).to.include({ deviceType: 'raspberrypi4-64', deviceArch: 'aarch64' });
	});
});
