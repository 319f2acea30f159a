import { expect } from 'chai';
import { Config, ExtraFirmware } from '../../../src/config/index.ts';
import { recordingLog, silentLog } from '../../support/logs.ts';
import { configJsonOf, MemoryFile, MemorySettingRows } from './memory-setting-rows.ts';

describe('the volume of extra firmware', () => {
	async function make(content: object) {
		const file = new MemoryFile(content);
		const config = new Config({ rows: new MemorySettingRows(), configJson: configJsonOf(file), log: silentLog });
		await config.read();
		const { log, lines } = recordingLog();
		return { firmware: new ExtraFirmware({ config, log }), os: async () => (await config.read()).os ?? {}, lines };
	}

	it('is made known to the system, which keeps its other settings', async () => {
		const { firmware, os } = await make({ os: { fan: { profile: 'cool' }, kernel: { other: 1 } } });
		expect(await firmware.isSet()).to.equal(false);
		await firmware.set();
		expect(await firmware.isSet()).to.equal(true);
		expect(await os()).to.deep.equal({
			fan: { profile: 'cool' },
			kernel: { other: 1, extraFirmwareVol: 'extra-firmware' },
		});
	});

	it('takes the place of another one, and says so', async () => {
		const { firmware, lines } = await make({ os: { kernel: { extraFirmwareVol: 'mine' } } });
		expect(await firmware.isSet()).to.equal(false);
		await firmware.set();
		expect(await firmware.isSet()).to.equal(true);
		expect(lines.filter((line) => line.message === 'volume of extra firmware replaced')).to.have.length(1);
	});

	for (const os of ['text', [], { kernel: 5 }, { kernel: null }]) {
		it(`does not block while the settings of the system are malformed: ${JSON.stringify(os)}`, async () => {
			const { firmware, lines } = await make({ os });
			const isNull = JSON.stringify(os) === '{"kernel":null}';
			expect(await firmware.isSet()).to.equal(!isNull);
			if (isNull) {
				return; // as if it were not there
			}
			await firmware.set();
			expect(await firmware.isSet()).to.equal(true);
			expect(lines.filter((line) => line.message.includes('unchanged'))).to.have.length(1);
		});
	}
});
