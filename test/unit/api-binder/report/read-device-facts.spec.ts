import { expect } from 'chai';
import { readDeviceFacts } from '../../../../src/api-binder/index.ts';
import { DEFAULT_SETTINGS } from '../../../../src/config/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import type { HostFacts } from '../../../../src/ports/settings.ts';
import { HOST } from '../../config/memory-setting-rows.ts';

describe('api-binder: what the device reports of itself', () => {
	const read = (host: Partial<HostFacts> = {}, developmentMode = false) =>
		readDeviceFacts({
			config: { current: () => ({ ...DEFAULT_SETTINGS, developmentMode }) },
			host: { ...HOST, ...host },
			supervisorVersion: '20.0.0+abc',
			keys: { globalKey: () => Promise.resolve('k') },
			readAddresses: () => ['192.168.1.20', '10.0.0.2'],
		});

	it('comes from settings, host and network', async () => {
		expect(await read()).to.deep.equal({
			deviceType: 'raspberrypi4-64',
			supervisorVersion: '20.0.0+abc',
			osVersion: 'balenaOS 6.5.4',
			osVariant: 'prod',
			macAddress: 'AA:BB:CC:DD:EE:FF',
			ipAddress: '192.168.1.20 10.0.0.2',
			apiSecret: 'k',
		});
	});

	it('config #16: the variant follows the mode where the system does not state it', async () => {
		expect(await read()).to.include({ osVariant: 'prod' });
		expect(await read({}, true)).to.include({ osVariant: 'dev' });
		const stated = await read({ osRelease: () => Promise.resolve(new Map([['VARIANT_ID', 'x']])) }, true);
		expect(stated).to.include({ osVariant: 'x' }).and.not.have.property('osVersion');
		const unreadable = await read({ osRelease: () => Promise.resolve(undefined) }, true);
		expect(unreadable).not.to.have.any.keys('osVariant', 'osVersion');
	});

	it('config #17: the type is unknown while it cannot be read', async () => {
		const missing = new OperationalError('file-missing', 'missing');
		expect(await read({ deviceType: () => Promise.reject(missing) })).to.include({ deviceType: 'unknown' });
	});
});
