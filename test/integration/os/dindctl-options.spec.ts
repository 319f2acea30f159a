import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createControlClient } from '../../../tools/cloud/control-client.ts';
import { findDeviceHost } from '../../../tools/device/index.ts';
import { archiveOf } from '../../../tools/dind/archives.ts';
import { machineArch } from '../../../tools/dind/device-types.ts';
import { keepPackages } from '../device/keep-packages.ts';
import { BOOT, OsScene, UNIT, copyProject, waitUntil } from './os-scene.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const PORT = 48629;
const PLACE = ['--dind-container', 'x'];
const HOST = 'balena-container-x';
const TAG = 'of-a-test';
const IMAGE = `balena/${machineArch()}-supervisor:${TAG}`;
const APP = '0123456789abcdef0123456789abcdef';
const packageFile = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { readonly version: string };

interface ImageConfig {
	readonly Env: readonly string[];
	readonly Healthcheck: unknown;
}

/** Of dev-tools 2.3; `fatrw` is none of Debian's, and the supervisor writes without it. */
const PROGRAMS = [
	...['node', 'lockfile', 'journalctl', 'iptables', 'ip6tables', 'iptables-restore', 'ip6tables-restore', 'rsync'],
	...['dbus-send', 'dmidecode', 'lsblk', 'modprobe', 'dmsetup', 'mount', 'mountpoint', 'tar', 'wget', 'uname', 'dmesg'],
];

/** One host goes through all of it, as each boot takes its time. */
describe('dindctl run --os with the options of a developer', function () {
	this.timeout(900_000);
	let scene: OsScene;
	let project = '';
	let inputs = '';
	let device = '';

	before(async function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		scene = new OsScene(PORT);
		device = `${scene.device}-x`;
		inputs = join(scene.folder, 'inputs');
		project = copyProject(join(scene.folder, 'project')); // it is edited

		scene.useProject(project);
		writeBackup();
		const options = ['--mount-dist', '--mount-nm', '--mount-backup', '--no-optimize', '--inputs', inputs];
		await run('--cloud', 'local', '--device-type', 'raspberrypi4-64', ...options);
	});
	after(async () => {
		await (scene as OsScene | undefined)?.dispose(PLACE);
		rmSync(archiveOf(IMAGE), { force: true });
	});

	function writeBackup(): void {
		const volume = join(inputs, 'numbers');
		mkdirSync(volume, { recursive: true });
		writeFileSync(join(volume, 'from-before'), 'kept');
		execFileSync('tar', ['-czf', join(inputs, 'backup.tgz'), '-C', inputs, 'numbers']);
	}

	const run = (...args: readonly string[]) => scene.succeed('run', '--os', ...PLACE, '--port', String(PORT), ...args);
	const inside = async (...command: readonly string[]) =>
		(await scene.dindctl('shell', ...PLACE, ...command)).output.trim();
	const docker = async (...args: readonly string[]) => (await scene.succeed('docker', ...PLACE, ...args)).trim();
	const readKey = async () => (await scene.succeed('key', ...PLACE)).trim();
	const waitForTarget = async (key: string) =>
		waitUntil('the device is on target', async () => (await scene.readState(key)) === 'applied');

	it('dev-tools #28: names the container and the folders of the partitions', async () => {
		expect(await scene.listHosts(device)).to.deep.equal([HOST]);
		expect(existsSync(join(device, 'boot/config.json'))).to.equal(true);
		expect(existsSync(scene.device), 'the usual device').to.equal(false);
		expect((await scene.dindctl('status')).code).to.equal(4);
		expect(await scene.succeed('status', ...PLACE)).to.match(/engine +up.*\ncloud +up\nsupervisor +healthy/);
		const journal = await scene.succeed('logs', ...PLACE, '-n', '3', '-u', UNIT, '--output', 'cat');
		expect(journal.trim().split('\n')).to.have.length(3);
	});

	it('puts the data of an earlier system into the volume of the release', async () => {
		const worker = await docker('ps', '--quiet', '--filter', 'label=io.balena.service-name=worker');
		expect(await docker('exec', worker, 'cat', '/data/from-before')).to.equal('kept');
		expect(existsSync(join(device, 'data/backup.tgz'))).to.equal(false);
	});

	it('dev-tools #29: serves edited code after refresh, from the folders of the checkout', async () => {
		expect(await inside('ls', '/mnt/project/dist/app.js')).to.equal('/mnt/project/dist/app.js');
		expect(readFileSync(join(project, 'dist/app.js'), 'utf8')).to.include('\n// src/app.ts\n');
		expect(await scene.ask('/ping')).to.equal('OK');
		const container = await docker('ps', '--quiet', '--filter', 'name=balena_supervisor');
		const route = join(project, 'src/device-api/routes/open.ts');
		writeFileSync(route, readFileSync(route, 'utf8').replace("send('OK')", "send('edited')"));
		expect(await scene.succeed('refresh', ...PLACE)).to.match(/^Building .* without optimizations\nRestarting/);
		await waitUntil('it serves the new code', async () => (await scene.ask('/ping')) === 'edited');
		expect(await docker('ps', '--quiet', '--filter', 'name=balena_supervisor'), 'the container').to.equal(container);
		const modules = ['exec', 'balena_supervisor', 'ls', '/usr/src/app/node_modules/typescript/package.json'];
		expect(await docker(...modules), 'what only the checkout has').to.include('package.json');
	});

	it('writes a changed boot variable to config.txt, and reboots the host for it', async () => {
		const key = await readKey();
		await waitForTarget(key);
		const readBoot = () => inside('systemctl', 'show', '--value', '--property', BOOT);
		const before = await readBoot();
		expect(before).to.match(/^\d+$/);
		const cloud = createControlClient(join(device, 'cloud.sock'));
		const [registered] = await cloud.listDevices();
		await cloud.updateDevice(registered?.uuid ?? '', { config: { RESIN_HOST_CONFIG_gpu_mem: '32' } });
		await waitUntil('the host reboots', async () => {
			const now = await readBoot();
			return /^\d+$/.test(now) && now !== before;
		});
		await waitForTarget(key);
		const lines = readFileSync(join(device, 'boot/config.txt'), 'utf8').split('\n');
		expect(lines).to.include.members(['# Read by the firmware of the board.', 'enable_uart=1', 'gpu_mem=32']);
		expect(lines).not.to.include('gpu_mem=16');
		expect(await inside('sh', '-c', '. /etc/os-release; echo $SLUG')).to.equal('raspberrypi4-64');
	});

	it('kills a supervisor that hangs, and starts it again', async () => {
		const key = await readKey();
		const dropIn = `/etc/systemd/system/${UNIT}.service.d`;
		// The first signal, SIGABRT, the docker command passes on to the container; it ends by the second one, 90 s later.
		const settings = '[Service]\\nWatchdogSec=6\\nTimeoutAbortSec=5\\n';
		await inside('sh', '-c', `mkdir -p ${dropIn} && printf '${settings}' >${dropIn}/short.conf`);
		await inside('systemctl', 'daemon-reload');
		await inside('systemctl', 'restart', UNIT);
		await waitForTarget(key);
		const show = async (property: string) => await inside('systemctl', 'show', '--value', '--property', property, UNIT);
		expect(await show('NRestarts')).to.equal('0');
		const readPid = () => docker('inspect', '--format', '{{.State.Pid}}', 'balena_supervisor');
		const services = await docker('ps', '--quiet', '--filter', 'label=io.balena.supervised');
		const pid = await readPid();
		await scene.succeed('shell', ...PLACE, 'sh', '-c', `kill -STOP ${pid}`);
		await waitUntil('systemd starts it again', async () => (await show('NRestarts')) === '1');
		await waitForTarget(key);
		expect(await readPid()).not.to.equal(pid);
		expect(await inside('journalctl', '-u', UNIT, '-o', 'cat')).to.include('Watchdog timeout');
		expect(await docker('ps', '--quiet', '--filter', 'label=io.balena.supervised')).to.equal(services);
		await inside('rm', '-r', dropIn);
	});

	it('dev-tools #27: leaves one container when it is run again, with the data that it is to keep', async () => {
		const uuid = readUuid();
		const carrier = findDeviceHost(device)?.socketPath;
		execFileSync('docker', ['build', '--quiet', '--tag', 'my-host', '-'], {
			input: 'FROM dindctl-host\nRUN touch /etc/of-the-user\n',
			env: { ...process.env, DOCKER_HOST: `unix://${carrier ?? ''}`, DOCKER_BUILDKIT: '0' },
		});
		const output = await run('--no-clean', '--dind-image', 'my-host');
		expect(output).to.match(/^Stopping the host that runs\n/);
		expect(await scene.listHosts(device)).to.deep.equal([HOST]);
		expect(readUuid()).to.equal(uuid);
		expect(await inside('ls', '/etc/of-the-user')).to.equal('/etc/of-the-user');
	});

	it('dev-tools #7, #30: runs a preloaded service without a cloud, under an image that was built', async () => {
		await writePreload();
		expect(await scene.succeed('build', '--tag', TAG)).to.match(
			/^Building supervisor image for architecture \w+ and tagging as of-a-test\n[^]*Built balena\/\w+-supervisor:of-a-test of Debian's packages/,
		);
		const output = await run('--preload', '--inputs', inputs, '--image', IMAGE);
		expect(output).to.match(/^Stopping the host that runs and removing its data\n/);
		expect(output).to.include('Its apps were preloaded, and it has no cloud');
		const readServices = () => docker('ps', '--filter', 'label=io.balena.service-name=main', '--format', '{{.State}}');
		await waitUntil('the preloaded service runs', async () => (await readServices()) === 'running');
		expect(readFileSync(join(device, 'data/apps.json'), 'utf8').trim()).to.equal('{}');
		expect(JSON.parse(readFileSync(join(device, 'boot/config.json'), 'utf8'))).not.to.have.property('apiEndpoint');
		expect(existsSync(join(device, 'cloud.sock'))).to.equal(false);
		expect((await scene.dindctl('status', ...PLACE)).output).to.match(/\ncloud +none\nsupervisor +healthy/);
		expect(JSON.parse(await scene.ask('/v2/version'))).to.deep.include({ version: packageFile.version });
		expect(await scene.listHosts(device)).to.deep.equal([HOST]);
	});

	/** An image of the host that runs, under a name that no registry has. */
	async function writePreload(): Promise<void> {
		const worker = await docker('ps', '--quiet', '--filter', 'label=io.balena.service-name=worker');
		const imageId = await docker('inspect', '--format', '{{.Image}}', worker);
		await docker('tag', imageId, 'preloaded:1');
		await docker('save', '--output', join(inputs, 'images.tar'), 'preloaded:1');
		const main = { id: 1, image_id: 1, image: 'preloaded:1', environment: {}, labels: {}, composition: {} };
		const releases = { abcdef0123456789: { id: 5, services: { main }, volumes: {}, networks: {} } };
		const apps = { [APP]: { id: 77, name: 'preloaded', class: 'fleet', releases } };
		writeFileSync(join(inputs, 'apps.json'), JSON.stringify({ config: {}, apps }));
	}

	it('dev-tools #4, #5, #6: has an image with the settings, programs and packages of the specification', async () => {
		const inspected = JSON.parse(await docker('image', 'inspect', IMAGE)) as readonly [
			{ readonly Config: ImageConfig },
		];
		const { Config } = inspected[0];
		expect(Config).to.deep.include({ WorkingDir: '/usr/src/app', Cmd: ['/usr/src/app/entry.sh'] });
		const own = [`SUPERVISOR_IMAGE=${IMAGE.replace(`:${TAG}`, '')}`, 'LED_FILE=/dev/null', `VERSION=${TAG}`];
		expect(Config.Env).to.include.members(own);
		expect(Config.Healthcheck).to.deep.equal({
			Test: ['CMD-SHELL', 'wget http://127.0.0.1:${LISTEN_PORT:-48484}/v1/healthy -O - -q'],
			...{ Interval: 300e9, Timeout: 30e9, StartPeriod: 60e9, Retries: 3 },
		});
		const script = `for name in ${PROGRAMS.join(' ')}; do command -v $name >/dev/null || echo $name; done`;
		expect(await docker('exec', 'balena_supervisor', 'sh', '-c', script), 'missing programs').to.equal('');
		const unwanted = 'for name in npm gcc cc make tsc; do command -v $name; done; find / -xdev -name "*.ts" | head';
		expect(await docker('run', '--rm', '--entrypoint', 'sh', IMAGE, '-c', `${unwanted}; true`)).to.equal('');
		expect(await docker('exec', 'balena_supervisor', 'node', '-p', 'typeof require("sqlite3").Database')).to.equal(
			'function',
		);
	});

	/** What docs/install.md says. */
	it('takes another image until the host reboots, or for good, and goes back', async () => {
		const other = 'example.com/other-supervisor:1';
		const settings = `SUPERVISOR_IMAGE=${other}\\nSUPERVISOR_VERSION=1\\nLED_FILE=/dev/null\\n`;
		const conf = '/etc/balena-supervisor/supervisor.conf';
		const must = (script: string) => scene.succeed('shell', ...PLACE, 'sh', '-c', script);
		const waitForImage = (image: string) =>
			waitUntil(`${image} runs`, async () => {
				const args = ['shell', ...PLACE, 'docker', 'inspect', '--format', '{{.Config.Image}}', 'balena_supervisor'];
				return (await scene.dindctl(...args)).output.trim() === image && (await scene.ask('/v1/healthy')) === 'OK';
			});
		const services = await docker('ps', '--quiet', '--filter', 'label=io.balena.supervised');
		await docker('tag', IMAGE, other);
		await must(`printf '${settings}' >/tmp/update-supervisor.conf && systemctl restart ${UNIT}`);
		await waitForImage(other);
		expect(await docker('ps', '--quiet', '--filter', 'label=io.balena.supervised'), 'services').to.equal(services);
		await scene.dindctl('shell', ...PLACE, 'systemctl', 'reboot');
		await waitForImage(IMAGE);
		await must(`cp ${conf} /mnt/state/before && printf '${settings}' >${conf} && systemctl restart ${UNIT}`);
		await waitForImage(other);
		await must(`cp /mnt/state/before ${conf} && systemctl restart ${UNIT}`);
		await waitForImage(IMAGE);
	});

	it('dev-tools #27: removes the container and the partitions, or keeps the partitions', async () => {
		expect(await scene.succeed('stop', ...PLACE, '--no-clean')).to.equal(`Stopped. Its data stays in ${device}\n`);
		expect(await scene.listHosts(device)).to.deep.equal([]);
		for (const partition of ['boot', 'state', 'data']) expect(existsSync(join(device, partition))).to.equal(true);
		expect(await scene.succeed('stop', ...PLACE)).to.equal('Stopped and removed\n');
		expect(existsSync(device)).to.equal(false);
		expect(await scene.succeed('stop', ...PLACE)).to.equal('There is no device\n');
	});

	const readUuid = () =>
		(JSON.parse(readFileSync(join(device, 'boot/config.json'), 'utf8')) as { readonly uuid?: string }).uuid;
});
