import { chmod, mkdir, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { FatFile, writeAndSync } from '../../../../src/adapters/files/index.ts';
import { HostFiles, parseOsRelease, selectAddresses } from '../../../../src/adapters/host/index.ts';
import { Config, readDeviceType } from '../../../../src/config/index.ts';
import { recordingLog, silentLog } from '../../../support/logs.ts';
import { configJsonOf, MemorySettingRows } from '../../config/memory-setting-rows.ts';
import { makeTempDirectory, rejectionOf } from '../sqlite/raw-database.ts';

describe('files', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/config.json`;
	});

	afterEach(() => directory.remove());

	/** A stand-in for `fatrw` that leaves a trace of each call. */
	async function installFatrw(script: string): Promise<string> {
		const program = `${directory.path}/fatrw`;
		await writeFile(program, `#!/bin/sh\necho "$@" >> "${directory.path}/calls"\n${script}\n`);
		await chmod(program, 0o755);
		return program;
	}

	it('reads and writes through fatrw where it is installed', async () => {
		const program = await installFatrw('case $1 in read) cat "$2";; write) cat > "$2";; esac');
		const file = new FatFile(path, program);
		await file.write('{"a":"ä"}');
		expect(await file.read()).to.equal('{"a":"ä"}');
		expect(await readFile(`${directory.path}/calls`, 'utf8')).to.equal(`write ${path}\nread ${path}\n`);
	});

	it('names the file and what fatrw said when it fails', async () => {
		await writeFile(path, '{}');
		const file = new FatFile(path, await installFatrw('echo "no space" >&2; exit 3'));
		const write = await rejectionOf(file.write('x'));
		expect(write.message).to.equal(`Write failed with error: no space (${path}, exit code 3)`);
		expect(write.code).to.equal('file-unwritable');
		expect((await rejectionOf(file.read())).message).to.equal(`Failed to read file ${path}: no space (exit code 3)`);
	});

	it('replaces the file in one step where fatrw is not installed', async () => {
		const file = new FatFile(path, 'no-such-program');
		await file.write('old');
		const { ino } = await stat(path);
		await file.write('new');
		expect(await file.read()).to.equal('new');
		expect((await stat(path)).ino).not.to.equal(ino);
		expect(await readdir(directory.path)).to.deep.equal(['config.json']);
	});

	it('says that a file is missing', async () => {
		for (const program of ['no-such-program', await installFatrw('exit 9')]) {
			const error = await rejectionOf(new FatFile(path, program).read());
			expect([error.code, error.message]).to.deep.equal(['file-missing', `Failed to read file ${path}`]);
		}
		const error = await rejectionOf(new FatFile(`${directory.path}/none/x`, 'no-such-program').write(''));
		expect(error.code).to.equal('file-unwritable');
		expect(error.message).to.include(`${directory.path}/none/x`);
	});

	it('config #14: config.json keeps its time when nothing differs', async () => {
		await writeFile(path, '{"hostname":"h"}');
		await utimes(path, 1000, 1000);
		const configJson = new FatFile(path, 'no-such-program');
		const config = new Config({ rows: new MemorySettingRows(), configJson: configJsonOf(configJson), log: silentLog });
		await config.set({ hostname: 'h' });
		expect((await stat(path)).mtimeMs).to.equal(1_000_000);
		await config.set({ hostname: 'i' });
		expect(await readFile(path, 'utf8')).to.equal('{"hostname":"i"}');
	});

	it('writes into directories that it makes', async () => {
		await writeAndSync(`${directory.path}/a/b/c`, 'text');
		expect(await readFile(`${directory.path}/a/b/c`, 'utf8')).to.equal('text');
	});

	it('takes os-release apart', () => {
		const fields = parseOsRelease('ID="balena-os"\nVERSION=6.5.4\n\n# a comment\nPRETTY_NAME="a=b \\"c"\nEMPTY=\n=x\n');
		expect(Object.fromEntries(fields)).to.deep.equal({
			ID: 'balena-os',
			VERSION: '6.5.4',
			PRETTY_NAME: 'a=b \\"c',
			EMPTY: '',
		});
	});

	function makeHost() {
		const { log, lines } = recordingLog();
		const host = new HostFiles({
			osReleasePath: `${directory.path}/os-release`,
			deviceTypeFile: new FatFile(`${directory.path}/device-type.json`, 'no-such-program'),
			networkPath: `${directory.path}/net`,
			log,
		});
		return { host, lines };
	}

	it('config #17: the device type appears when its file does, and then stays', async () => {
		const { host } = makeHost();
		expect(await readDeviceType(host)).to.deep.equal({ slug: 'unknown', arch: 'unknown' });
		for (const bad of ['not json', 'null', '{"slug":5,"arch":"a"}']) {
			await writeFile(`${directory.path}/device-type.json`, bad);
			expect(await readDeviceType(host)).to.deep.equal({ slug: 'unknown', arch: 'unknown' });
		}
		await writeFile(`${directory.path}/device-type.json`, '{"slug":"first","arch":"aarch64"}');
		expect(await readDeviceType(host)).to.deep.equal({ slug: 'first', arch: 'aarch64' });
		await writeFile(`${directory.path}/device-type.json`, '{"slug":"second","arch":"amd64"}');
		expect((await readDeviceType(host)).slug).to.equal('first');
	});

	it('tries os-release again until it could be read', async () => {
		const { host, lines } = makeHost();
		expect(await host.osRelease()).to.equal(undefined);
		expect(lines.map(({ level }) => level)).to.deep.equal(['warn']);
		await writeFile(`${directory.path}/os-release`, 'PRETTY_NAME="one"\n');
		expect((await host.osRelease())?.get('PRETTY_NAME')).to.equal('one');
		await writeFile(`${directory.path}/os-release`, 'PRETTY_NAME="two"\n');
		expect((await host.osRelease())?.get('PRETTY_NAME')).to.equal('one');
	});

	it('host #31: lists the addresses of cards, each once', async () => {
		const { host, lines } = makeHost();
		expect(await host.macAddresses()).to.equal(undefined);
		const card = async (name: string, files: Readonly<Record<string, string>>) => {
			await mkdir(`${directory.path}/net/${name}`, { recursive: true });
			for (const [file, content] of Object.entries(files)) {
				await writeFile(`${directory.path}/net/${name}/${file}`, content);
			}
		};
		await card('wlan0', { type: '1\n', address: '66:77:88:99:aa:bb\n' });
		await card('eth0', { type: '1\n', address: '00:11:22:33:44:55\n' });
		await card('eth0.5', { type: '1\n', address: '00:11:22:33:44:55\n' });
		await card('eth1', { type: '1\n', address: 'aa:00:00:00:00:03\n', master: '' });
		await card('can0', { type: '280\n', address: '\n' });
		await card('docker0', { type: '1\n', address: 'aa:00:00:00:00:04\n' });
		await card('br-0123456789ab', { type: '1\n', address: 'aa:00:00:00:00:05\n' });
		await card('broken', { type: '1\n' });
		expect(await host.macAddresses()).to.equal('00:11:22:33:44:55 66:77:88:99:AA:BB');
		expect(lines.filter(({ fields }) => String(fields['path']).endsWith('/broken'))).to.have.lengthOf(1);
	});

	it('leaves out what an engine makes for its containers, by kind: whatever it is called, before and after it is joined', async () => {
		const { host, lines } = makeHost();
		const card = async (
			name: string,
			address: string,
			{ below = [], isHardware = false }: { below?: string[]; isHardware?: boolean } = {},
		) => {
			const real = `${directory.path}/devices/${isHardware ? 'pci' : 'virtual'}/net/${name}`;
			await mkdir(real, { recursive: true });
			await mkdir(`${directory.path}/net`, { recursive: true });
			await writeFile(`${real}/type`, '1\n');
			await writeFile(`${real}/address`, `${address}\n`);
			for (const lower of below) await symlink(`${directory.path}/net/${lower}`, `${real}/lower_${lower}`);
			await symlink(real, `${directory.path}/net/${name}`);
			return real;
		};
		await card('eth0', '00:00:00:00:00:01', { isHardware: true });
		await card('bond0', '00:00:00:00:00:02', { below: ['eth0'] });
		await card('lan', '00:00:00:00:00:03', { below: ['bond0'] });
		await card('cable', '00:00:00:00:00:04');
		await card('apps', '00:00:00:00:00:05', { below: ['cable'] });
		await mkdir(`${await card('empty', '00:00:00:00:00:06')}/bridge`);
		await symlink(`${directory.path}/devices/virtual/net/gone`, `${directory.path}/net/gone`);
		const first = '00:00:00:00:00:02 00:00:00:00:00:01 00:00:00:00:00:03';
		expect(await host.macAddresses()).to.equal(first);
		expect(lines, 'one that vanishes is nothing to warn of').to.deep.equal([]);
		await card('wlan0', '00:00:00:00:00:07', { isHardware: true });
		expect(await host.macAddresses(), 'read once').to.equal(first);
		host.addressesChanged();
		expect(await host.macAddresses()).to.equal(`${first} 00:00:00:00:00:07`);
	});

	it('host #31: selects the addresses under which the device is reached', () => {
		const info = (address: string, changes: object = {}) => ({
			address,
			netmask: '',
			mac: '',
			internal: false,
			cidr: null,
			family: 'IPv4' as const,
			...changes,
		});
		const addresses = selectAddresses({
			lo: [info('127.0.0.1', { internal: true })],
			eth0: [
				info('192.168.0.2'),
				{ ...info('fe80::1'), family: 'IPv6', scopeid: 2 },
				{ ...info('2001:db8::1'), family: 'IPv6', scopeid: 0 },
			],
			balena0: [info('10.114.101.1')],
			balena: [info('10.0.0.1')],
			docker0: [info('172.17.0.1')],
			'br-0123456789ab': [info('172.18.0.1')],
			'br-lan': [info('172.19.0.1')],
			supervisor0: [info('10.114.104.1')],
			gone: undefined,
		});
		expect(addresses).to.deep.equal(['192.168.0.2', '2001:db8::1', '10.0.0.1', '172.19.0.1']);
	});
});
