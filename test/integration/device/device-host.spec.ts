import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import {
	buildAndPush,
	findDeviceHost,
	importBaseImage,
	runDocker,
	startDeviceHost,
	startRegistry,
} from '../../../tools/device/index.ts';
import type { DeviceHost } from '../../../tools/device/index.ts';
import { NO_TRACES, findTraces, readFirewall, readNetwork } from './machine-traces.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const WEB = join(PROJECT, 'tools/sample/web');

describe('a device host', function () {
	this.timeout(60_000);
	let directory = '';
	let firewall = '';

	before(function () {
		if (process.getuid?.() !== 0) this.skip();
	});
	beforeEach(() => {
		directory = `/var/tmp/device-spec-${process.pid}`;
		firewall = readFirewall();
	});
	afterEach(async () => {
		await findDeviceHost(directory)?.stop();
		rmSync(directory, { recursive: true, force: true });
	});

	function start(life: 'attached' | 'detached' | 'disposable'): Promise<DeviceHost> {
		return startDeviceHost({ directory, life, log: () => undefined });
	}

	/** A container on a bridge with a published port, which is what leaves most behind. */
	async function fill(host: DeviceHost): Promise<string> {
		const registry = await startRegistry(host);
		await importBaseImage(host.socketPath);
		const { reference } = await buildAndPush({
			socketPath: host.socketPath,
			registry: registry.address,
			name: 'web',
			context: WEB,
			buildArgs: { GREETING: 'hello' },
		});
		await runDocker(host.socketPath, ['image', 'rm', '--force', `${registry.address}/v2/web`]);
		await runDocker(host.socketPath, ['network', 'create', 'inner']);
		const options = ['--network', 'inner', '--publish', '8080:80', '--volume', 'data:/data', '--privileged'];
		await runDocker(host.socketPath, ['run', '--detach', '--name', 'web', ...options, reference]);
		return reference;
	}

	async function readOutput(host: DeviceHost, command: string): Promise<string> {
		const child = host.spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
		const chunks: Buffer[] = [];
		child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
		await once(child, 'close');
		return Buffer.concat(chunks).toString();
	}

	function describeHost(host: DeviceHost) {
		const { cgroup } = JSON.parse(readFileSync(join(directory, 'host.json'), 'utf8')) as { readonly cgroup: string };
		return { directory, cgroup, network: readNetwork(host.pid) ?? 'none' };
	}

	it('runs an image from its registry and leaves nothing when it is stopped', async () => {
		const host = await start('detached');
		const reference = await fill(host);
		const identity = describeHost(host);

		expect(reference).to.match(/^127\.0\.0\.1:5000\/v2\/web@sha256:[0-9a-f]{64}$/);
		expect(await readOutput(host, 'busybox wget -q -O - http://127.0.0.1:8080/')).to.equal('hello\n');
		expect(findTraces(identity).cgroups, 'the container is in a cgroup of this host').not.to.be.empty;
		expect(readFirewall(), 'firewall of the machine while it runs').to.equal(firewall);

		await host.stop();
		expect(findTraces(identity)).to.deep.equal(NO_TRACES);
		expect(readFirewall()).to.equal(firewall);
		expect(existsSync(host.socketPath)).to.be.false;
	});

	it('can be removed by another process after its first process was ended by force', async () => {
		const host = await start('detached');
		await fill(host);
		const identity = describeHost(host);

		process.kill(host.pid, 'SIGKILL');
		await findDeviceHost(directory)?.stop();
		expect(findTraces(identity)).to.deep.equal(NO_TRACES);
	});

	it('keeps images and volumes for the next start in the same folder', async () => {
		const first = await start('detached');
		const reference = await fill(first);
		await first.stop();

		const second = await start('detached');
		expect(await runDocker(second.socketPath, ['images', '--digests', '--quiet', reference])).not.to.be.empty;
		expect(await runDocker(second.socketPath, ['volume', 'ls', '--quiet'])).to.equal('data\n');
	});

	it('does not signal a process that got the id of one that ended', async () => {
		const host = await start('detached');
		const path = join(directory, 'host.json');
		const record = JSON.parse(readFileSync(path, 'utf8')) as { readonly init: { readonly pid: number } };
		const bystander = spawn('sleep', ['60']);
		writeFileSync(path, JSON.stringify({ ...record, init: { ...record.init, pid: bystander.pid } }));
		await findDeviceHost(directory)?.stop();

		expect(bystander.exitCode).to.be.null;
		expect(bystander.signalCode).to.be.null;
		bystander.kill();
		await host.stop();
	});

	it('ends with the process that started it, even if that one is killed, and removes a disposable folder', async () => {
		const script = 'docker run --detach --privileged "$TEST_BASE_IMAGE" sleep 100 && echo ready && sleep 100';
		const args = ['--import', 'tsx', 'tools/device/run-inside.ts', '--', 'sh', '-c', script];
		const launcher = spawn('node', args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'] });
		for await (const chunk of launcher.stdout) if (String(chunk).includes('ready')) break;
		const folder = findFolder(launcher.pid);
		expect(folder).to.match(/^\/var\/tmp\/device-/);
		launcher.kill('SIGKILL');
		await once(launcher, 'exit');

		for (let attempt = 0; attempt < 100 && existsSync(folder); attempt++) await sleep(100);
		expect(existsSync(folder)).to.be.false;
		const traces = findTraces({ directory: folder, network: 'none', cgroup: 'none' });
		expect(traces).to.deep.equal(NO_TRACES);
		expect(readFirewall()).to.equal(firewall);
	});

	it('passes on the status of the command that ran inside', async () => {
		const args = ['--import', 'tsx', 'tools/device/run-inside.ts', '--', 'sh', '-c', 'exit 7'];
		const [code] = (await once(spawn('node', args, { cwd: PROJECT, stdio: 'ignore' }), 'exit')) as [number | null];
		expect(code).to.equal(7);
	});
});

/** The folder of a launcher's host, from the environment of the process it started. */
function findFolder(launcherPid: number | undefined): string {
	const children = readFileSync(`/proc/${launcherPid ?? 0}/task/${launcherPid ?? 0}/children`, 'utf8').split(' ');
	const variables = children
		.filter((pid) => pid !== '')
		.flatMap((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'));
	return variables.find((line) => line.startsWith('DEVICE_DIRECTORY='))?.slice('DEVICE_DIRECTORY='.length) ?? '';
}
