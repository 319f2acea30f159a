import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from 'chai';
import Sinon from 'sinon';
import { BootDeviceFile, BootPartitionFiles, FatFile } from '../../../../src/adapters/files/index.ts';
import { ConfigFsTables } from '../../../../src/adapters/host/index.ts';
import { Config } from '../../../../src/config/index.ts';
import { BootConfig, createBootLocations, ODMDATA_OFFSETS } from '../../../../src/host/index.ts';
import { BootChanges } from '../../../support/boot-changes.ts';
import { recordingLog, silentLog, stubSystemLog } from '../../../support/logs.ts';
import { configJsonOf, MemorySettingRows } from '../../config/memory-setting-rows.ts';
import { makeTempDirectory, rejectionOf } from '../sqlite/raw-database.ts';

const PNG = Buffer.from('89504e470d0a1a0aff00', 'hex');
const OTHER_PNG = Buffer.from('89504e470d0a1a0a0203', 'hex');

describe('boot configuration on files', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;

	beforeEach(async () => {
		directory = await makeTempDirectory();
	});
	afterEach(() => directory.remove());

	async function put(path: string, content: string | Uint8Array): Promise<void> {
		await mkdir(dirname(`${directory.path}/${path}`), { recursive: true });
		await writeFile(`${directory.path}/${path}`, content);
	}

	async function putProgram(name: string, script: string): Promise<string> {
		await put(name, `#!/bin/sh\necho "$@" >> "${directory.path}/calls"\n${script}\n`);
		await chmod(`${directory.path}/${name}`, 0o755);
		return `${directory.path}/${name}`;
	}

	const textOf = (path: string) => readFile(`${directory.path}/${path}`, 'utf8');
	const bytesOf = (path: string) => readFile(`${directory.path}/${path}`);

	async function make(deviceType: string) {
		const { log, lines } = recordingLog();
		const systemLog = stubSystemLog();
		const fatrw = await putProgram('fatrw', 'case $1 in read) cat "$2";; write) cat > "$2";; esac');
		const partition = new BootPartitionFiles({ bootPath: `${directory.path}/boot`, fatrw });
		const rootPath = `${directory.path}/root`;
		const modprobe = await putProgram('modprobe', '');
		const acpi = new ConfigFsTables({ rootPath, modprobe });
		const storage = { partition, device: BootDeviceFile.below(rootPath), acpi };
		const configJson = new FatFile(`${directory.path}/boot/config.json`, fatrw);
		const config = new Config({ rows: new MemorySettingRows(), configJson: configJsonOf(configJson), log: silentLog });
		const boot = new BootConfig({
			places: createBootLocations({ storage, config, log, systemLog }),
			partition,
			deviceType: () => Promise.resolve(deviceType),
			metaRelease: () => Promise.resolve(undefined),
			log,
		});
		return { boot, changes: new BootChanges(boot, systemLog), lines, systemLog, storage };
	}

	it('host #7: writes config.txt and the splash image through fatrw, and finds them as they should be', async () => {
		await put('boot/config.txt', '# a comment\ngpu_mem=16\n');
		await put('boot/splash/balena-logo.png', PNG);
		const { changes } = await make('raspberrypi4-64');
		const target = {
			HOST_CONFIG_dtparam: '"i2c_arm=on","audio=off"',
			HOST_CONFIG_dtoverlay: '"vc4-kms-v3d","ads1015,addr=0x48,cha_enable=true"',
			HOST_CONFIG_gpu_mem: '32',
			HOST_SPLASH_image: OTHER_PNG.toString('base64'),
		};
		const changed = await changes.find(target);
		await changes.apply(changed?.variables ?? {});
		expect(await textOf('boot/config.txt')).to.equal(
			'# a comment\ndtparam=i2c_arm=on\ndtparam=audio=off\ngpu_mem=32\n' +
				'dtoverlay=vc4-kms-v3d\ndtoverlay=ads1015\ndtparam=addr=0x48\ndtparam=cha_enable=true\n',
		);
		expect(await bytesOf('boot/splash/balena-logo.png')).to.deep.equal(OTHER_PNG);
		expect(await bytesOf('boot/splash/balena-logo-default.png')).to.deep.equal(PNG);
		expect(await changes.find(target)).to.equal(undefined);
		const calls = (await textOf('calls')).split('\n').filter((line) => line.startsWith('write'));
		expect(calls.map((line) => line.replace(`${directory.path}/`, ''))).to.deep.equal([
			'write boot/splash/balena-logo-default.png',
			'write boot/config.txt',
			'write boot/splash/balena-logo.png',
		]);
	});

	it('host #12: keeps the keys of others in extra_uEnv.txt', async () => {
		await put('boot/extra_uEnv.txt', 'extra_os_cmdline=rootwait isolcpus=3,4\nextra_os_firmware_class_path=x\n');
		const { changes } = await make('jetson-agx-orin-devkit');
		await put('boot/config.json', '{"uuid":"u","os":{"network":{}}}');
		await changes.apply({
			HOST_EXTLINUX_isolcpus: '2',
			HOST_EXTLINUX_fdt: '/boot/a.dtb',
			HOST_CONFIG_fan_profile: 'cool',
		});
		expect(await textOf('boot/extra_uEnv.txt')).to.equal(
			'extra_os_cmdline=rootwait isolcpus=2\nextra_os_firmware_class_path=x\ncustom_fdt_file=/boot/a.dtb\n',
		);
		expect(await textOf('boot/config.json')).to.equal('{"uuid":"u","os":{"network":{},"fan":{"profile":"cool"}}}');
	});

	it('host #14: writes three bytes of the boot device, and protects it again', async () => {
		await put('root/dev/mmcblk0boot0', Buffer.alloc(20_480));
		await put('root/sys/block/mmcblk0boot0/force_ro', '1');
		const { changes } = await make('some-tx2');
		await changes.apply({ HOST_ODMDATA_configuration: '3' });
		const bytes = await bytesOf('root/dev/mmcblk0boot0');
		expect([...bytes.entries()].filter(([, byte]) => byte !== 0)).to.deep.equal(
			ODMDATA_OFFSETS.map((offset) => [offset, 6]),
		);
		expect(bytes).to.have.length(20_480);
		expect(await textOf('root/sys/block/mmcblk0boot0/force_ro')).to.equal('1');
	});

	it('host #14: the boot device is protected again after a write that failed', async () => {
		await put('root/sys/block/mmcblk0boot0/force_ro', 'x');
		const device = BootDeviceFile.below(`${directory.path}/root`);
		const error = await rejectionOf(device.write([{ offset: 1, byte: 1 }]));
		expect(error.message).to.equal(`File not found at: ${directory.path}/root/dev/mmcblk0boot0`);
		expect(await textOf('root/sys/block/mmcblk0boot0/force_ro')).to.equal('1');
		await mkdir(`${directory.path}/root/dev/mmcblk0boot0`, { recursive: true });
		expect((await rejectionOf(device.write([{ offset: 1, byte: 1 }]))).message).to.match(
			/^Unknown error when opening '/,
		);
	});

	it('host #13: gives the kernel the bytes of a table, once', async () => {
		await put('root/boot/acpi-tables/spi.aml', PNG);
		await mkdir(`${directory.path}/root/sys/kernel/config/acpi/table`, { recursive: true });
		await put('boot/configfs.json', '{"ssdt":["spi","gone"]}');
		const { systemLog, lines, changes } = await make('up-board');
		await changes.find({ HOST_CONFIGFS_ssdt: '"spi","gone"' });
		expect(await bytesOf('root/sys/kernel/config/acpi/table/spi/aml')).to.deep.equal(PNG);
		expect(await textOf('calls')).to.include('acpi_configfs\n');
		Sinon.assert.calledOnceWithExactly(systemLog.write, "Missing AML for 'gone'. Unable to load.");
		// No kernel is here that would say what it has got.
		expect(lines.map(({ message }) => message)).to.deep.equal(['Unable to initialise ConfigFS']);
	});

	it('a device without any of it has nothing to do, and makes nothing', async () => {
		await mkdir(`${directory.path}/boot`);
		const { boot, systemLog, lines, changes } = await make('generic-amd64');
		for (let look = 0; look < 3; look++) {
			expect(await changes.find({ HOST_CONFIG_gpu_mem: '1', HOST_SPLASH_image: PNG.toString('base64') })).to.equal(
				undefined,
			);
			boot.refresh();
		}
		expect(await readdir(`${directory.path}/boot`)).to.deep.equal([]);
		Sinon.assert.notCalled(systemLog.write);
		expect(lines).to.deep.equal([]);
	});

	it('what differs is not written again where nothing differs', async () => {
		await put('boot/config.txt', 'gpu_mem=16 # mine\n');
		const { boot, changes } = await make('raspberrypi3');
		const before = await stat(`${directory.path}/boot/config.txt`);
		const target = await boot.readVariables();
		await changes.apply(target);
		expect((await stat(`${directory.path}/boot/config.txt`)).mtimeMs).to.equal(before.mtimeMs);
	});
});
