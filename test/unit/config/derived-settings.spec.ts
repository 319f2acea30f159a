import { expect } from 'chai';
import {
	cloudEndpoint,
	currentApiKey,
	DEFAULT_SETTINGS,
	isConfigReported,
	isProvisioned,
	isUnmanaged,
	listenAddress,
	registryLogin,
	targetSource,
} from '../../../src/config/index.ts';

const DEVICE = { ...DEFAULT_SETTINGS, uuid: 'u', apiEndpoint: 'https://api', registeredAt: 1, deviceId: 2 };

describe('what follows from the settings', () => {
	it('config #18: is provisioned with all four', () => {
		expect(isProvisioned(DEVICE)).to.equal(true);
		for (const change of [
			{ registeredAt: 0 },
			{ registeredAt: undefined },
			{ deviceId: undefined },
			{ uuid: undefined },
		]) {
			expect(isProvisioned({ ...DEVICE, ...change })).to.equal(false);
		}
		expect(isProvisioned({ ...DEVICE, apiEndpoint: '' })).to.equal(false);
	});

	it('config #19: the present key is the provisioning key while there is one', () => {
		expect(currentApiKey({ provisioningKey: 'p', deviceApiKey: 'd' })).to.equal('p');
		expect(currentApiKey({ provisioningKey: undefined, deviceApiKey: 'd' })).to.equal('d');
	});

	it('a registry is shown name and key, if there are both', () => {
		expect(registryLogin(DEVICE)).to.equal(undefined);
		expect(registryLogin({ ...DEVICE, provisioningKey: 'p' })).to.deep.equal({ username: 'd_u', password: 'p' });
		expect(registryLogin({ ...DEVICE, uuid: undefined, deviceApiKey: 'd' })).to.equal(undefined);
	});

	it('the cloud may have another address for the target, and none means no cloud', () => {
		expect(cloudEndpoint(DEVICE)).to.equal('https://api');
		expect(cloudEndpoint({ ...DEVICE, apiEndpointOverride: 'http://other' })).to.equal('http://other');
		expect([isUnmanaged(DEVICE), isUnmanaged(DEFAULT_SETTINGS)]).to.deep.equal([false, true]);
		expect(isConfigReported({ ...DEVICE, initialConfigReported: 'https://former' })).to.equal(false);
		expect(isConfigReported({ ...DEVICE, initialConfigReported: 'https://api' })).to.equal(true);
	});

	it('the target in force is the local one in local mode', () => {
		expect(targetSource(DEVICE)).to.equal('https://api');
		expect(targetSource({ ...DEVICE, localMode: true })).to.equal('local');
	});

	it('the API listens on the bridge only with another port, else everywhere', () => {
		const times = { socketTimeoutMs: 900_000 };
		expect(listenAddress(DEVICE, 'bridge')).to.deep.equal({ port: 48_484, ...times });
		expect(listenAddress({ ...DEVICE, listenPortOverride: 0 }, 'bridge')).to.deep.equal({ port: 48_484, ...times });
		const override = { ...DEVICE, listenPortOverride: 48_480 };
		expect(listenAddress(override, 'bridge')).to.deep.equal({ port: 48_480, host: 'bridge', ...times });
	});
});
