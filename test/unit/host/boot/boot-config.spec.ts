import { expect } from 'chai';
import Sinon from 'sinon';
import { Config } from '../../../../src/config/index.ts';
import { BootConfig, createBootLocations, ODMDATA_OFFSETS } from '../../../../src/host/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import { BootChanges } from '../../../support/boot-changes.ts';
import { linesOf, recordingLog, silentLog, stubSystemLog } from '../../../support/logs.ts';
import { MemoryBootStorage } from '../../../support/memory-boot.ts';
import { rejectionOf } from '../../adapters/sqlite/raw-database.ts';
import { configJsonOf, MemoryFile, MemorySettingRows } from '../../config/memory-setting-rows.ts';

const PNG = Buffer.from('89504e470d0a1a0a01', 'hex');
const OTHER_PNG = Buffer.from('89504e470d0a1a0a0203', 'hex');
const UP_BOARD_FILE = '{"ssdt":["spi","gone"],"mine":1}';

function make(deviceType: string | undefined, prepare: (storage: MemoryBootStorage) => void = () => undefined) {
	const storage = new MemoryBootStorage();
	const file = new MemoryFile({ os: { network: { x: 1 } } });
	const config = new Config({ rows: new MemorySettingRows(), configJson: configJsonOf(file), log: silentLog });
	const { log, lines } = recordingLog();
	const systemLog = stubSystemLog();
	const facts = { deviceType, metaRelease: '2.46.0' };
	prepare(storage);
	const boot = new BootConfig({
		places: createBootLocations({ storage, config, log, systemLog }),
		partition: storage.partition,
		deviceType: () => Promise.resolve(facts.deviceType),
		metaRelease: () => Promise.resolve(facts.metaRelease),
		log,
	});
	const changes = new BootChanges(boot, systemLog);
	const namesFor = async (variables: Readonly<Record<string, string>>) =>
		(await changes.find(variables))?.backends.map(({ name }) => name) ?? [];
	return { storage, partition: storage.partition, file, lines, systemLog, facts, boot, changes, namesFor };
}

const setOdmdata = ({ device }: MemoryBootStorage) => {
	ODMDATA_OFFSETS.forEach((offset) => device.bytes.set(offset, 1));
};

/** Device type, what is there, what is asked for → which backend changes. */
const BACKENDS: readonly (readonly [
	name: string,
	deviceType: string,
	prepare: (storage: MemoryBootStorage) => void,
	target: Readonly<Record<string, string>>,
	needsReboot: boolean,
])[] = [
	[
		'extlinux',
		'jetson-xavier',
		({ partition }) => {
			partition.setText('extlinux/extlinux.conf', 'DEFAULT a\nLABEL a\nAPPEND ro\nLABEL b\nAPPEND rw\n');
		},
		{ HOST_EXTLINUX_isolcpus: '2,3', HOST_EXTLINUX_fdt: '/boot/a.dtb' },
		true,
	],
	[
		'extra_uEnv',
		'imx8mm-var-dart-nrt',
		({ partition }) => {
			partition.setText('extra_uEnv.txt', 'extra_os_cmdline=isolcpus=1\nforeign=1\n');
		},
		{ HOST_EXTLINUX_isolcpus: '2', HOST_EXTLINUX_fdt: '/boot/a.dtb' },
		true,
	],
	['config.txt', 'raspberrypi4-64', () => undefined, { HOST_CONFIG_dtparam: '"a=on","b=off"' }, true],
	[
		'config-fs',
		'up-board',
		({ partition, acpi }) => {
			partition.setText('configfs.json', UP_BOARD_FILE);
			acpi.sources.add('boot/acpi-tables/spi.aml').add('boot/acpi-tables/gone.aml');
		},
		{ HOST_CONFIGFS_ssdt: '"spi","uart"' },
		true,
	],
	['odmdata', 'some-tx2', setOdmdata, { HOST_ODMDATA_configuration: '4' }, true],
	[
		'splash',
		'generic-amd64',
		({ partition }) => partition.files.set('splash/balena-logo.png', PNG),
		{ HOST_SPLASH_IMAGE: OTHER_PNG.toString('base64') },
		true,
	],
	['power-fan', 'my-orin-board', () => undefined, { HOST_CONFIG_power_mode: 'low' }, true],
	['power-fan', 'my-orin-board', () => undefined, { HOST_CONFIG_fan_profile: 'cool' }, false],
];

describe('boot configuration of the device', () => {
	for (const [name, deviceType, prepare, target, needsReboot] of BACKENDS) {
		it(`${name}: what was written is what is read, and nothing is left to do (${Object.keys(target).join()})`, async () => {
			const { boot, systemLog, changes } = make(deviceType, prepare);
			const variables = Object.fromEntries(Object.entries(target).map(([key, value]) => [`BALENA_${key}`, value]));
			const changed = await changes.find(variables);
			expect(changed?.backends.map((backend) => [backend.name, backend.needsReboot])).to.deep.equal([
				[name, needsReboot],
			]);
			await changes.apply(changed?.variables ?? {});
			expect(linesOf(systemLog).map((line) => line.split(':')[0])).to.deep.equal([
				'Applying boot config',
				'Applied boot config',
			]);
			expect(await changes.find(variables)).to.equal(undefined);
			expect(await changes.find(await boot.readVariables())).to.equal(undefined);
			await changes.apply(changed?.variables ?? {});
			Sinon.assert.calledTwice(systemLog.write);
		});
	}

	it('host #2: a Raspberry Pi has config.txt and a splash image, and nothing else is looked at', async () => {
		const { partition, namesFor } = make('raspberrypi4-64', ({ partition: files }) => {
			files.setText('extra_uEnv.txt', 'x=1\n');
			files.files.set('splash/balena-logo.png', PNG);
		});
		expect(
			await namesFor({
				HOST_CONFIG_gpu_mem: '16',
				HOST_CONFIG_power_mode: 'low',
				HOST_EXTLINUX_isolcpus: '1',
				HOST_ODMDATA_configuration: '3',
				HOST_CONFIGFS_ssdt: 'a',
				HOST_SPLASH_image: OTHER_PNG.toString('base64'),
			}),
		).to.deep.equal(['config.txt', 'splash']);
		expect(partition.written).to.deep.equal(['splash/balena-logo-default.png']);
	});

	it('edits config.txt again when another program has written it meanwhile, and fails when it always has', async () => {
		const { partition, boot, changes } = make('raspberrypi4-64', ({ partition: files }) => {
			files.setText('config.txt', '# mine\ngpu_mem=16\n');
		});
		const changed = await changes.find({ HOST_CONFIG_gpu_mem: '32' });
		const read = partition.read.bind(partition);
		let edits = 1;
		partition.read = async (path) => {
			const content = await read(path); // what is written next, it does not show
			if (path === 'config.txt' && edits > 0) {
				edits -= 1;
				partition.setText(path, `# theirs\n${partition.text(path) ?? ''}`);
			}
			return content;
		};
		await changes.apply(changed?.variables ?? {});
		expect(partition.text('config.txt')).to.equal('# theirs\n# mine\ngpu_mem=32\n');
		edits = 100;
		const error = await rejectionOf(boot.write({ name: 'config.txt', options: { gpu_mem: ['64'] } }));
		expect(error.code).to.equal('boot-config-busy');
		expect(partition.text('config.txt')).to.include('gpu_mem=32');
	});

	it('is read once for a target, until something may have changed', async () => {
		const { partition, namesFor, boot } = make('raspberrypi4-64');
		await namesFor({ HOST_CONFIG_a: '1' });
		const { reads } = partition;
		await namesFor({ RESIN_HOST_CONFIG_a: '1' });
		expect(partition.reads).to.equal(reads);
		partition.setText('config.txt', 'a=1\n');
		boot.refresh();
		expect(await namesFor({ HOST_CONFIG_a: '1' })).to.deep.equal([]);
		expect(await namesFor({ HOST_CONFIG_a: '2' })).to.deep.equal(['config.txt']);
	});

	it('waits for the type of the device to be known', async () => {
		const { facts, namesFor, boot } = make(undefined);
		expect(await namesFor({ HOST_CONFIG_a: '1' })).to.deep.equal([]);
		facts.deviceType = 'raspberrypi3';
		boot.refresh();
		expect(await namesFor({ HOST_CONFIG_a: '1' })).to.deep.equal(['config.txt']);
		facts.deviceType = 'generic-amd64';
		boot.refresh();
		expect(await namesFor({ HOST_CONFIG_a: '1' })).to.deep.equal(['config.txt']);
	});

	it('host #9: with an option that may not be changed nothing is written, and its user is notified once', async () => {
		const { partition, systemLog, changes } = make('raspberrypi4-64', ({ partition: files }) => {
			files.setText('config.txt', 'initramfs a 0x1\nb=1\n');
			files.files.set('splash/balena-logo.png', PNG);
		});
		const target = { HOST_CONFIG_initramfs: 'b', HOST_CONFIG_b: '2', HOST_SPLASH_image: OTHER_PNG.toString('base64') };
		const message = 'Attempt to change blacklisted config value initramfs';
		expect((await changes.find(target))?.refusal).to.deep.equal({ name: 'config.txt', message });
		for (let attempt = 0; attempt < 2; attempt++) {
			const error = await rejectionOf(changes.apply(target));
			expect([error.code, error.message]).to.deep.equal(['boot-config-refused', message]);
		}
		Sinon.assert.calledOnceWithExactly(systemLog.write, message, { error: true });
		expect(partition.text('config.txt')).to.equal('initramfs a 0x1\nb=1\n');
		expect(partition.written).to.deep.equal(['splash/balena-logo-default.png']);
		await changes.find({ ...target, HOST_CONFIG_c: '1' });
		await rejectionOf(changes.apply({ ...target, HOST_CONFIG_c: '1' }));
		expect(linesOf(systemLog)).to.deep.equal([message, message]);
	});

	it('host #8: what the type of device requires is written, and no change again', async () => {
		const { partition, namesFor, systemLog, changes } = make('fincm3');
		expect(await namesFor({ HOST_CONFIG_dtoverlay: '"test"' })).to.deep.equal(['config.txt']);
		await changes.apply({ HOST_CONFIG_dtoverlay: '"test"' });
		expect(partition.text('config.txt')).to.equal('dtoverlay=test\ndtoverlay=balena-fin\n');
		expect(linesOf(systemLog)).to.deep.equal([
			'Applying boot config: {"dtoverlay":["test"]}',
			'Applied boot config: {"dtoverlay":["test","balena-fin"]}',
		]);
		expect(await namesFor({ HOST_CONFIG_dtoverlay: '"test"' })).to.deep.equal([]);
	});

	it('host #15: the picture that is there first is the one to go back to', async () => {
		const { partition, namesFor, changes } = make('any', ({ partition: files }) => {
			files.files.set('splash/resin-logo.png', PNG);
		});
		const target = { HOST_SPLASH_image: OTHER_PNG.toString('base64') };
		expect(await namesFor(target)).to.deep.equal(['splash']);
		await changes.apply(target);
		expect(partition.files.get('splash/resin-logo.png')).to.deep.equal(OTHER_PNG);
		expect(await namesFor({})).to.deep.equal(['splash']);
		await changes.apply({});
		expect(partition.files.get('splash/resin-logo.png')).to.deep.equal(PNG);
		expect([...partition.files.keys()]).to.deep.equal(['splash/resin-logo.png', 'splash/balena-logo-default.png']);
	});

	it('host #15: a factory copy that is there stays', async () => {
		const { partition, boot } = make('any', ({ partition: files }) => {
			files.files.set('splash/balena-logo.png', OTHER_PNG);
			files.files.set('splash/balena-logo-default.png', PNG);
		});
		expect(await boot.readVariables()).to.have.property('HOST_SPLASH_image');
		expect(partition.written).to.deep.equal([]);
	});

	it('what cannot be made ready is logged once, also while the type of the device is not known', async () => {
		const { partition, boot, lines, changes } = make(undefined, ({ partition: files }) => {
			files.files.set('splash/balena-logo.png', PNG);
		});
		Sinon.stub(partition, 'write').rejects(new OperationalError('test', 'full'));
		for (let look = 0; look < 3; look++) {
			await changes.find({});
			boot.refresh();
		}
		const message = 'cannot initialise the boot configuration';
		expect(lines.filter((line) => line.message === message)).to.have.length(1);
	});

	it('host #16: power and fan are kept in config.json, beside what is not ours', async () => {
		const { file, changes } = make('my-orin-board');
		await changes.apply({ HOST_CONFIG_power_mode: 'low', HOST_CONFIG_fan_profile: 'cool' });
		expect(JSON.parse(file.content)).to.deep.equal({
			os: { network: { x: 1 }, power: { mode: 'low' }, fan: { profile: 'cool' } },
		});
	});

	it('settings of the system that are no object stay, and a target that asks for power or fan is refused', async () => {
		const { file, changes } = make('my-orin-board');
		file.content = '{"os":"text"}';
		expect(await changes.find({})).to.equal(undefined);
		expect((await changes.find({ HOST_CONFIG_power_mode: 'low' }))?.refusal?.message).to.include('config.json');
		await changes.apply({ HOST_CONFIG_power_mode: 'low' }).catch(() => undefined);
		expect([file.content, file.writes]).to.deep.equal(['{"os":"text"}', 0]);
	});

	it('host #13: ACPI tables are loaded once, missing ones are reported', async () => {
		const { storage, boot, systemLog, lines, changes } = make('up-board', ({ partition, acpi }) => {
			partition.setText('configfs.json', UP_BOARD_FILE);
			acpi.sources.add('boot/acpi-tables/spi.aml');
		});
		await changes.find({});
		boot.refresh();
		await changes.find({});
		expect(storage.acpi.isEnabled).to.be.true;
		expect(storage.acpi.loaded).to.deep.equal(['sys/kernel/config/acpi/table/spi']);
		Sinon.assert.calledOnceWithExactly(systemLog.write, "Missing AML for 'gone'. Unable to load.");
		expect(lines.map(({ message }) => message)).to.deep.equal(['ACPI table loaded']);
		await changes.apply({});
		expect(storage.partition.text('configfs.json')).to.equal('{"mine":1}');
	});

	it('a file of which the target asks nothing may be missing, which is worth a warning', async () => {
		const { boot, changes, namesFor, systemLog } = make('jetson-tx2');
		for (const target of [{}, { HOST_CONFIG_a: '1' }, {}]) {
			expect(await namesFor(target)).to.deep.equal([]);
			expect(changes.warnings).to.deep.equal([
				'Could not find extlinux file. Device is possibly bricked',
				'File not found at: /dev/mmcblk0boot0',
			]);
			boot.refresh();
		}
		Sinon.assert.notCalled(systemLog.write);
		const changed = await changes.find({ HOST_ODMDATA_configuration: '2' });
		expect(changed).to.deep.equal({
			variables: { HOST_ODMDATA_configuration: '2' },
			backends: [],
			refusal: { name: 'odmdata', message: 'File not found at: /dev/mmcblk0boot0' },
		});
	});

	it('a file that cannot be written is reported once, and then that it could', async () => {
		const { partition, systemLog, changes } = make('raspberrypi4-64');
		const target = { HOST_CONFIG_a: '1' };
		await changes.find(target);
		const write = Sinon.stub(partition, 'write').rejects(new OperationalError('test', 'cannot write config.txt'));
		await rejectionOf(changes.apply(target));
		await rejectionOf(changes.apply(target));
		write.restore();
		await changes.apply(target);
		expect(linesOf(systemLog)).to.deep.equal([
			'Applying boot config: {"a":"1"}',
			'Error setting boot config: cannot write config.txt',
			'Applied boot config: {"a":"1"}',
		]);
	});

	it('a partition that cannot be seen is looked at again', async () => {
		const { partition, boot, namesFor } = make('raspberrypi4-64');
		partition.list = () => partition.read('').then(() => []);
		partition.broken.add('');
		expect(await namesFor({ HOST_CONFIG_a: '1' })).to.deep.equal([]);
		partition.broken.clear();
		boot.refresh();
		expect(await namesFor({ HOST_CONFIG_a: '1' })).to.deep.equal(['config.txt']);
	});

	it('what is set can be read in the form of variables, for the first report', async () => {
		const { boot } = make('raspberrypi4-64', ({ partition: files }) => {
			files.setText('config.txt', 'gpu_mem=64\ndtparam=i2c_arm=on\ndtparam=audio=on\n');
		});
		expect(await boot.readVariables()).to.deep.equal({
			HOST_CONFIG_gpu_mem: '64',
			HOST_CONFIG_dtparam: '"i2c_arm=on","audio=on"',
		});
	});
});
