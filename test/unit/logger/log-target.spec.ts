import { expect } from 'chai';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/config/index.ts';
import { logAudience, logTarget } from '../../../src/logger/index.ts';

const DEVICE: Settings = { ...DEFAULT_SETTINGS, apiEndpoint: 'https://api', uuid: 'u', deviceApiKey: 'k' };

describe('who reads the log of a device', () => {
	const audiences: readonly (readonly [string, Partial<Settings>, string])[] = [
		['the cloud', {}, 'cloud'],
		['those who listen, in local mode', { localMode: true }, 'local'],
		['those who listen, without a cloud', { apiEndpoint: '' }, 'local'],
		['no reader: it is switched off', { loggingEnabled: false, localMode: true }, 'none'],
	];
	for (const [name, change, audience] of audiences) {
		it(name, () => {
			expect(logAudience({ ...DEVICE, ...change })).to.equal(audience);
		});
	}

	it('goes to the cloud, or to another address that is set for it', () => {
		expect(logTarget(DEVICE)).to.deep.equal({ url: 'https://api/device/v2/u/log-stream', deviceApiKey: 'k' });
		expect(logTarget({ ...DEVICE, logsEndpoint: 'https://logs' })?.url).to.equal('https://logs/device/v2/u/log-stream');
	});

	it('goes nowhere without an address, a name or a key', () => {
		for (const change of [{ apiEndpoint: '' }, { uuid: undefined }, { deviceApiKey: '' }]) {
			expect(logTarget({ ...DEVICE, ...change })).to.equal(undefined);
		}
	});
});
