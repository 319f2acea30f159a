import { expect } from 'chai';
import type { Config } from '../../../src/config/index.ts';
import { DeviceContext } from '../../../src/device-state/index.ts';

describe('the context of services', () => {
	it('is the same object until a setting may have changed', async () => {
		const context = new DeviceContext({
			config: { getMany: () => Promise.resolve({}) } as unknown as Config, // the one method that is used
			host: () => Promise.resolve({ hostname: 'h', hasKernelModules: true, hasFirmware: false }),
			dockerSocketPath: '/s',
			supervisorHost: '10.114.104.1',
		});
		const first = await context.read();
		expect(first).to.include({ hostname: 'h', dockerSocket: '/s', hasFirmware: false });
		expect(await context.read()).to.equal(first);
		context.invalidate();
		expect(await context.read()).not.to.equal(first);
	});
});
