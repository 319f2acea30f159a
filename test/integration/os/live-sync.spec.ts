import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findDeviceHost, runDocker } from '../../../tools/device/index.ts';
import { osSocket } from '../../../tools/os/index.ts';
import { keepPackages } from '../device/keep-packages.ts';
import { BOOT, OsScene, UNIT, copyProject, waitUntil } from './os-scene.ts';

const PORT = 48627;
const CONTAINER = 'balena_supervisor';
const BASE = 'live-base';
/** The stages of our Dockerfile come from a hub; here they stand on the image that the device has. */
const TEMPLATE = `ARG ARCH=%%BALENA_ARCH%%
FROM ${BASE} AS build-base
COPY package.json ./
FROM build-base AS test
COPY . .
#dev-copy=entry.sh .
#dev-cmd-live=LIVEPUSH=1 ./entry.sh
RUN exit 1
FROM test
`;
const STARTED = 'Supervisor API successfully started';
const CHANGED = 'The changed supervisor API started';

describe('npm run sync, to a host', function () {
	this.timeout(600_000);
	let scene: OsScene | undefined;
	let project = '';
	let child: ChildProcess | undefined;
	let printed = '';

	before(function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		scene = new OsScene(PORT);
	});
	after(async () => {
		child?.kill('SIGKILL');
		await scene?.dispose();
	});

	const at = () => scene ?? expect.fail('there is no scene');
	const host = (script: string) => at().succeed('shell', 'sh', '-c', script);

	/** Development mode as its owner sets it; the engine opens its port at its next start. */
	async function openDevice(): Promise<void> {
		const file = join(at().device, 'boot/config.json');
		const config = JSON.parse(readFileSync(file, 'utf8')) as object;
		writeFileSync(file, JSON.stringify({ ...config, developmentMode: true }));
		await host('systemctl restart balena ssh-development');
		await waitUntil('the device answers', async () => (await at().ask('/ping')) === 'OK');
	}

	/** The image of the device's supervisor with all packages, which a device would have from the registry of packages. */
	async function buildBase(): Promise<void> {
		const socket = osSocket(at().device);
		const image = (await host(`docker inspect --format '{{.Image}}' ${CONTAINER}`)).trim();
		const dockerfile = join(project, 'Dockerfile.base');
		writeFileSync(dockerfile, `FROM ${image}\nWORKDIR /usr/src/app\nCOPY . node_modules\n`);
		await runDocker(socket, ['build', '--quiet', '--tag', BASE, '--file', dockerfile, join(project, 'node_modules')]);
	}

	function startSync(): void {
		const carrier = findDeviceHost(at().device) ?? expect.fail('there is no device');
		const sync = ['--import', 'tsx', 'tools/sync/main.ts', '127.0.0.1', '--device-arch', 'amd64'];
		// In the network of the device only: its file system shows no changes of files outside.
		child = spawn('nsenter', ['--net', '--target', String(carrier.pid), 'node', ...sync], { cwd: project });
		for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += String(chunk)));
	}

	const untilPrinted = (text: string) =>
		waitUntil(`${text} in ${printed.slice(-2000)}`, () => {
			if (child?.exitCode !== null) expect.fail(`it has ended: ${printed}`);
			return Promise.resolve(printed.includes(text));
		});

	it('dev-tools #24, #25: over ssh and the port of the engine: builds, runs, changes, and is gone after a reboot', async () => {
		await at().succeed('run', '--os', '--cloud', 'none', '--port', String(PORT));
		project = copyProject(join(at().folder, 'project'));
		writeFileSync(join(project, 'Dockerfile.template'), TEMPLATE);
		await openDevice();
		await buildBase();
		const own = await host(`docker inspect --format '{{.Image}}' ${CONTAINER}`);
		startSync();
		await untilPrinted(STARTED);
		expect(printed).to.match(/Supervisor container: [0-9a-f]{64}\n/);
		expect(await host(`docker inspect --format '{{.Config.Image}}' ${CONTAINER}`)).to.match(/^livepush-supervisor-/);
		expect(await at().ask('/ping')).to.equal('OK');

		const source = join(project, 'src/device-api/api-server.ts');
		writeFileSync(source, readFileSync(source, 'utf8').replace(STARTED, CHANGED));
		await untilPrinted(CHANGED);
		expect(printed).to.include('Copying src/device-api/api-server.ts');
		await endSync();

		await reboot();
		expect(await host(`docker inspect --format '{{.Image}}' ${CONTAINER}`)).to.equal(own);
	});

	async function endSync(): Promise<void> {
		const ended = once(child ?? expect.fail('it does not run'), 'close');
		child?.kill('SIGINT');
		const [code] = (await ended) as [number | null];
		expect([code, printed.endsWith('Cleaning up. Please wait ...\n')]).to.deep.equal([0, true]);
	}

	async function reboot(): Promise<void> {
		const readBoot = () => at().inside('systemctl', 'show', '--value', '--property', BOOT);
		const before = await readBoot();
		await at().inside('systemctl', 'reboot');
		await waitUntil('the host has booted', async () => {
			const now = await readBoot();
			return /^\d+$/.test(now) && now !== before && (await at().ask('/ping')) === 'OK';
		});
		expect(await at().inside('systemctl', 'is-active', UNIT)).to.equal('active');
	}
});
