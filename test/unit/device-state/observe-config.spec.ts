import { expect } from 'chai';
import { comparedSettings, DEFAULT_SETTINGS, type Settings } from '../../../src/config/index.ts';
import { ConfigObserver } from '../../../src/device-state/index.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { PLAIN_CONFIG } from '../../support/device-config.ts';
import { rejectionOf } from '../adapters/sqlite/raw-database.ts';

describe('observing the configuration of the device', () => {
	const SETTINGS: Settings = { ...DEFAULT_SETTINGS, apiEndpoint: 'https://api.example.com', firewallMode: 'off' };

	/** Settings that cannot be read the given number of times. */
	function make({ failures = 0, apiEndpoint = SETTINGS.apiEndpoint } = {}) {
		let left = failures;
		const counts = { settings: 0, boot: 0, vpn: 0 };
		const settings = { current: { ...SETTINGS, apiEndpoint } };
		const config = {
			current: () => settings.current,
			read: () => {
				counts.settings += 1;
				left -= 1;
				return left >= 0 ? Promise.reject(new OperationalError('test', 'busy')) : Promise.resolve(settings.current);
			},
		};
		const observer = new ConfigObserver({
			config,
			boot: { observe: () => Promise.resolve(PLAIN_CONFIG.boot), refresh: () => (counts.boot += 1) },
			vpn: { observe: () => Promise.resolve(PLAIN_CONFIG.vpn), refresh: () => (counts.vpn += 1) },
		});
		return { observer, counts, settings };
	}

	it('shows settings, boot files and the VPN', async () => {
		expect(await make().observer.observe()).to.deep.equal(PLAIN_CONFIG);
	});

	it('reads settings once, and sees what is set since', async () => {
		const { observer, counts, settings } = make();
		await observer.observe();
		settings.current = { ...SETTINGS, delta: true };
		expect((await observer.observe()).settings).to.deep.equal(comparedSettings({ ...SETTINGS, delta: true }));
		expect(counts.settings).to.equal(1);
	});

	it('reads settings again after a failure', async () => {
		const { observer } = make({ failures: 1 });
		expect((await rejectionOf(observer.observe())).code).to.equal('test');
		expect(await observer.observe()).to.deep.equal(PLAIN_CONFIG);
	});

	it('reads boot files again for a new target, and all of it at a resync', async () => {
		const { observer, counts } = make();
		observer.targetChanged();
		expect(counts).to.deep.equal({ settings: 0, boot: 1, vpn: 0 });
		observer.refresh();
		await observer.observe();
		expect(counts).to.deep.equal({ settings: 1, boot: 2, vpn: 1 });
	});

	it('config #30: does not ask for the VPN of a device without a cloud', async () => {
		expect((await make({ apiEndpoint: '' }).observer.observe()).vpn).to.deep.equal({ state: 'unknown' });
	});
});
