import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { findDeviceHost } from '../../../tools/device/index.ts';
import { SupervisorApi } from '../../../tools/dind/supervisor-api.ts';
import { keepPackages } from '../device/keep-packages.ts';
import { NO_TRACES, findTraces, readFirewall, readNetwork } from '../device/machine-traces.ts';

const DINDCTL = join(import.meta.dirname, '../../../dindctl');
const PORT = 48624;
const API = `http://127.0.0.1:${PORT}`;
const UNIT = 'balena-supervisor';
const BOOT_MS_MAX = 120_000;

/** A first run makes the base of the host from Debian's packages. */
describe('dindctl run --os', function () {
	this.timeout(900_000);
	let folder = '';
	let device = '';

	before(function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		folder = mkdtempSync('/var/tmp/dind-os-');
		device = join(folder, 'device');
	});
	after(async () => {
		if (folder === '') return;
		await dindctl('stop');
		rmSync(folder, { recursive: true, force: true });
	});

	/** From another working directory, as its user may be anywhere. */
	function dindctl(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
		const env = { ...process.env, DINDCTL_DIRECTORY: device };
		return new Promise((done) => {
			const child = execFile(DINDCTL, args, { cwd: '/', env }, (_error, stdout, stderr) => {
				done({ code: child.exitCode ?? -1, output: stdout + stderr });
			});
		});
	}

	async function inside(...command: readonly string[]): Promise<string> {
		return (await dindctl('shell', ...command)).output.trim();
	}

	async function waitUntil(what: string, isTrue: () => Promise<boolean>): Promise<void> {
		const deadline = performance.now() + BOOT_MS_MAX;
		while (!(await isTrue())) {
			if (performance.now() > deadline) throw new Error(`${what}: not within ${BOOT_MS_MAX / 1000} s`);
			await sleep(500);
		}
	}

	/** Undefined while nothing answers, as during a reboot. */
	async function readState(key: string): Promise<string | undefined> {
		return (await new SupervisorApi(PORT, key).readStatus())?.appState;
	}

	it('refuses what it does not have yet, and what does not go with it', async () => {
		for (const [args, expected] of [
			[['--preload'], 'run --os has no --preload yet. See dindctl run --help for what it has.'],
			[['--dind-container=x'], 'run --os has no --dind-container yet. See dindctl run --help for what it has.'],
			[['--engine', '/nowhere.sock'], '--engine goes without --os. Leave out one of them.'],
			[['--cloud', 'local', '--config', 'x'], '--cloud and --config say the same. Leave out one of them.'],
			[['--cloud', '/nowhere.json'], 'There is no file /nowhere.json. Give the config.json of a device.'],
		] as const) {
			const answer = await dindctl('run', '--os', ...args);
			expect(answer).to.deep.equal({ code: 1, output: `dindctl: ${expected}\n` });
		}
		expect(await dindctl('run', '--cloud', 'local')).to.deep.equal({
			code: 1,
			output: 'dindctl: --cloud goes with --os only. Add --os, or use --config FILE.\n',
		});
		expect(existsSync(device)).to.equal(false);
	});

	it('brings a device to target with the supervisor as a service, reboots it, and leaves nothing', async () => {
		const firewall = readFirewall();
		const sysctl = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
		const run = await dindctl('run', '--os', '--cloud', 'local', '--port', String(PORT));
		expect(run.output).to.include('On target: release ');
		expect(run.code).to.equal(0);
		const traces = describeTraces();
		await showsHealthyService();
		await followsItsJournal();

		const key = (await dindctl('key')).output.trim();
		await startsAgainWhenKilled(key);
		await rebootsWhenAsked(key);

		expect(await dindctl('stop')).to.deep.equal({ code: 0, output: 'Stopped and removed\n' });
		expect(findTraces(traces)).to.deep.equal(NO_TRACES);
		expect(existsSync(device)).to.equal(false);
		expect(readFirewall()).to.equal(firewall);
		expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).to.equal(sysctl);
	});

	function describeTraces() {
		const pid = findDeviceHost(device)?.pid ?? 0;
		const { cgroup } = JSON.parse(readFileSync(join(device, 'host.json'), 'utf8')) as { readonly cgroup: string };
		return { directory: folder, network: readNetwork(pid) ?? 'none', cgroup };
	}

	async function showsHealthyService(): Promise<void> {
		expect(await inside('systemctl', 'is-active', UNIT)).to.equal('active');
		expect(await inside('systemctl', '--failed', '--quiet', '--no-legend')).to.equal('');
		expect((await dindctl('status')).output).to.match(/engine +up.*\ncloud +up\nsupervisor +healthy/);
		expect(
			await inside('docker', 'inspect', '--format', '{{.HostConfig.RestartPolicy.Name}}', 'balena_supervisor'),
		).to.equal('no');
		// What systemd judges by: the last sign of life came from the health check.
		expect(await inside('systemctl', 'show', '--property', 'WatchdogUSec', UNIT)).to.equal('WatchdogUSec=3min');
	}

	/** Dev-tools 7.1: all arguments are journalctl's. */
	async function followsItsJournal(): Promise<void> {
		const { output } = await dindctl('logs', '-n', '5', '-u', UNIT, '--output', 'cat');
		expect(output.trim().split('\n')).to.have.length(5);
		const ticker = await dindctl('logs', '-o', 'cat', '-b', '--grep', 'web says');
		expect(ticker.output).to.include('Hello from the first release');
	}

	async function startsAgainWhenKilled(key: string): Promise<void> {
		await inside('docker', 'kill', 'balena_supervisor');
		await waitUntil('the supervisor answers again', async () => (await readState(key)) === 'applied');
		expect(await inside('systemctl', 'show', '--property', 'NRestarts', UNIT)).to.equal('NRestarts=1');
	}

	async function rebootsWhenAsked(key: string): Promise<void> {
		const readBoot = () => inside('journalctl', '--list-boots', '--quiet');
		const before = await readBoot();
		writeFileSync(join(device, 'state/kept'), 'kept');
		await inside('touch', '/run/gone');
		const answer = await fetch(`${API}/v1/reboot?apikey=${key}`, {
			method: 'POST',
			signal: AbortSignal.timeout(30_000),
		});
		expect(answer.status).to.equal(202);
		await waitUntil('the host goes down', async () => (await readState(key)) === undefined);
		await waitUntil('the device is back on target', async () => (await readState(key)) === 'applied');
		expect(await inside('systemctl', 'is-active', UNIT)).to.equal('active');
		expect(await inside('sh', '-c', 'ls /run/gone /mnt/state/kept 2>/dev/null')).to.equal('/mnt/state/kept');
		expect(await readBoot()).not.to.equal(before);
	}
});
