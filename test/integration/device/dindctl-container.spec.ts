import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { findDeviceHost, runDocker, startDeviceHost } from '../../../tools/device/index.ts';
import type { DeviceHost } from '../../../tools/device/index.ts';
import { buildSupervisor } from '../../../tools/dind/supervisor.ts';
import { importDindImage } from './dind-image.ts';
import { keepPackages } from './keep-packages.ts';

const DINDCTL = join(import.meta.dirname, '../../../dindctl');
const IMAGE = 'dind-stand-in';
const UNPRIVILEGED = 65534;

describe('dindctl without root, for a user who may use Docker', function () {
	this.timeout(120_000);
	let host: DeviceHost;
	let directory = '';
	let home = '';
	let program = '';

	/** The engine of a device host plays the user's Docker. */
	before(async function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		directory = `/var/tmp/dindctl-spec-${process.pid}`;
		host = await startDeviceHost({ directory, log: () => undefined });
		home = join(directory, 'user');
		mkdirSync(home);
		chownSync(home, UNPRIVILEGED, UNPRIVILEGED);
		chmodSync(host.socketPath, 0o666);
		if ((await dindctl('--help')).code !== 0) this.skip(); // this checkout is for root's eyes only
		program = await buildSupervisor({ log: () => undefined, signal: new AbortController().signal });
		await importDindImage(host.socketPath, IMAGE);
	});
	after(async () => {
		if (directory === '') return;
		await findDeviceHost(directory)?.stop();
		rmSync(directory, { recursive: true, force: true });
	});

	async function dindctl(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
		const user = ['--reuid', String(UNPRIVILEGED), '--regid', String(UNPRIVILEGED), '--clear-groups', '--'];
		const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
		const child = host.spawn('setpriv', [...user, DINDCTL, ...args], {
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { PATH, HOME: home, DINDCTL_DIRECTORY: join(home, 'device') },
		});
		const chunks: Buffer[] = [];
		for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
		const [code] = (await once(child, 'close')) as [number | null];
		return { code: code ?? -1, output: Buffer.concat(chunks).toString() };
	}

	/** As seen by the user, whose machine is the host. */
	async function readPage(address: string): Promise<string> {
		const script = `fetch('${address}').then((answer) => answer.text()).then(console.log)`;
		const child = host.spawn('node', ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
		const chunks: Buffer[] = [];
		child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
		await once(child, 'close');
		return Buffer.concat(chunks).toString();
	}

	async function findTraces(): Promise<readonly string[]> {
		const containers = await runDocker(host.socketPath, ['ps', '--all', '--quiet']);
		const volumes = await runDocker(host.socketPath, ['volume', 'ls', '--quiet']);
		return [...`${containers}${volumes}`.split('\n').filter((line) => line !== ''), ...readdirSync(home)];
	}

	it('runs a device on an engine in a container, keeps it, and removes all of it', async () => {
		const run = await dindctl('run', '--dind-image', IMAGE, '--program', program);
		expect(run.output).to.include('On target: release ');
		expect(run.output).to.include('web: port 8080 of the device is 127.0.0.1:8080 here');
		expect(await readPage('http://127.0.0.1:8080')).to.equal('Hello from the first release\n\n');
		const format = '{{.Name}} {{.HostConfig.Privileged}} {{.Config.Volumes}}';
		const [id = ''] = (await runDocker(host.socketPath, ['ps', '--quiet'])).split('\n');
		expect(await runDocker(host.socketPath, ['inspect', '--format', format, id])).to.match(
			/^\/dindctl-[0-9a-f]{12} true map\[\/var\/lib\/docker:/,
		);
		expect((await dindctl('status')).output).to.match(/engine +up.*\ncloud +up\nsupervisor +healthy/);
		expect((await dindctl('logs', 'worker')).code).to.equal(0);
		expect((await dindctl('logs', 'engine')).output).to.include('API listen on');
		await releaseWhatCannotBe();

		await dindctl('stop', '--keep');
		// A device that was kept has the release that it had, refused or not; its user can release another one.
		const again = await dindctl('run', '--program', program);
		expect(again.output).to.match(/\nRelease \w+, as before\n[^]*\ndindctl: The device refuses the release: /);
		expect(again.code).to.equal(1);
		expect((await dindctl('status')).code).to.equal(3);
		expect((await dindctl('docker', 'volume', 'ls', '--quiet')).output).to.include('numbers');

		expect(await dindctl('stop')).to.deep.equal({ code: 0, output: 'Stopped and removed\n' });
		expect(await findTraces()).to.deep.equal([]);
	});

	/** Refused releases and skipped apps: `release` reports each, and `status` does afterwards. */
	async function releaseWhatCannotBe(): Promise<void> {
		const release = (service: string) => {
			writeFileSync(
				join(directory, 'bad.yml'),
				`services: {web: {image: device-base, command: [sleep, "99"], ${service}}}`,
			);
			return dindctl('release', join(directory, 'bad.yml'));
		};
		for (const [service, refusal] of [
			[
				'environment: {A.B: c}',
				/dindctl: The device refuses its target: services\.web\.environment\.A\.B: expected a name/,
			],
			['networks: [nope]', /dindctl: The device refuses the release: the release declares no network "nope"/],
		] as const) {
			const { code, output } = await release(service);
			expect(output).to.match(refusal);
			expect(code).to.equal(1);
			expect((await dindctl('status')).output).to.match(/\nproblems\n {2}.*(?:A\.B|nope)/);
		}
	}

	it('reports in one line that the image cannot be pulled, and leaves nothing', async () => {
		const { code, output } = await dindctl('run', '--dind-image', 'nowhere.invalid/dind', '--program', program);
		expect(output).to.match(
			/\ndindctl: The image nowhere\.invalid\/dind cannot be had: .*\. Give another with --dind-image, or run as root\.\n$/,
		);
		expect(code).to.equal(1);
		expect(await findTraces()).to.deep.equal([]);
	});
});
