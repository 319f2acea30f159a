import { expect } from 'chai';
import fc from 'fast-check';
import { Config } from '../../../../src/config/index.ts';
import { BootConfig, createBootLocations, ODMDATA_OFFSETS } from '../../../../src/host/index.ts';
import { BootChanges } from '../../../support/boot-changes.ts';
import { silentLog } from '../../../support/logs.ts';
import { MemoryBootStorage } from '../../../support/memory-boot.ts';
import { configJsonOf, MemoryFile, MemorySettingRows } from '../../config/memory-setting-rows.ts';

const PNG = Buffer.from('89504e470d0a1a0a01', 'hex');
const OLD_JETSON = 'jetson-xavier';
const DEVICE_TYPES = [
	OLD_JETSON,
	'raspberrypi4-64',
	'fincm3',
	'jetson-tx2',
	'up-board',
	'jetson-agx-orin-devkit',
	'generic-amd64',
];
const NAMES = [
	...[
		'CONFIG_gpu_mem',
		'CONFIG_dtparam',
		'CONFIG_dtoverlay',
		'CONFIG_kernel',
		'CONFIG_power_mode',
		'CONFIG_fan_profile',
	],
	...['EXTLINUX_isolcpus', 'EXTLINUX_fdt', 'CONFIGFS_ssdt', 'ODMDATA_configuration', 'SPLASH_image', 'SPLASH_IMAGE'],
];
const name = fc.constantFrom(...NAMES).map((each) => `RESIN_HOST_${each}`);
const value = fc.oneof(
	fc.string(),
	fc.constantFrom('', '1', '4', '"a","b"', 'x,audio=on', '/boot/a.dtb', PNG.toString('base64'), 'data:image/png,x'),
);
const target = fc.dictionary(name, value, { maxKeys: 6 });
const text = fc
	.array(fc.constantFrom('gpu_mem=16', 'kernel=a', 'dtoverlay=x', 'dtparam=y', '[all]', '# z', 'gpio=1'), {
		maxLength: 6,
	})
	.map((lines) => lines.join('\n'));

function make(deviceType: string, configTxt: string) {
	const storage = new MemoryBootStorage();
	storage.partition.setText('config.txt', configTxt);
	storage.partition.setText('extlinux/extlinux.conf', 'DEFAULT a\nLABEL a\nAPPEND ro isolcpus=1\n');
	storage.partition.setText('extra_uEnv.txt', 'foreign=1\n');
	storage.partition.files.set('splash/balena-logo.png', Buffer.concat([PNG, PNG]));
	ODMDATA_OFFSETS.forEach((offset) => storage.device.bytes.set(offset, 1));
	const config = new Config({
		rows: new MemorySettingRows(),
		configJson: configJsonOf(new MemoryFile({ os: { power: { mode: 'low' } } })),
		log: silentLog,
	});
	const systemLog = { write: () => undefined };
	const boot = new BootConfig({
		places: createBootLocations({ storage, config, log: silentLog, systemLog }),
		partition: storage.partition,
		deviceType: () => Promise.resolve(deviceType),
		// No device has both extlinux.conf and extra_uEnv.txt, which are about the same variables.
		metaRelease: () => Promise.resolve(deviceType === OLD_JETSON ? '2.46.0' : '2.50.0'),
		log: silentLog,
	});
	return { boot, changes: new BootChanges(boot, systemLog) };
}

describe('boot configuration of any device: properties', () => {
	it('what was applied leaves nothing to do, also for the next life; what is refused stays refused and changes nothing', async () => {
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...DEVICE_TYPES), text, target, async (deviceType, configTxt, variables) => {
				const { boot, changes } = make(deviceType, configTxt);
				const before = await boot.readVariables();
				const changed = await changes.find(variables);
				if (changed?.refusal !== undefined) {
					await changes.apply(changed.variables).catch(() => undefined);
					expect(await boot.readVariables()).to.deep.equal(before);
					expect((await changes.find(variables))?.refusal).to.deep.equal(changed.refusal);
					return;
				}
				if (changed !== undefined) {
					await changes.apply(changed.variables);
				}
				expect(await changes.find(variables)).to.equal(undefined);
				boot.refresh();
				expect(await changes.find(variables)).to.equal(undefined);
			}),
			{ numRuns: 500 },
		);
	});

	it('what is read asks for no change', async () => {
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...DEVICE_TYPES), text, async (deviceType, configTxt) => {
				const { boot, changes } = make(deviceType, configTxt);
				const changed = await changes.find(await boot.readVariables());
				// The type of this device requires an overlay that may be missing.
				expect(deviceType === 'fincm3' ? {} : (changed ?? {})).to.deep.equal({});
			}),
		);
	});
});
