import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findDeviceHost } from '../../../tools/device/index.ts';
import { keepPackages } from '../device/keep-packages.ts';
import { NO_TRACES, findTraces, readFirewall, readNetwork } from '../device/machine-traces.ts';
import { BOOT, OsScene, UNIT, waitUntil } from './os-scene.ts';

const PORT = 48624;
const REPLACED = 'The release of the stand-in cloud would replace the preloaded apps';
const PUT = 'Put it there, or choose its folder with --inputs';
const API = `http://127.0.0.1:${PORT}`;

/** A first run makes the base of the host from Debian's packages. */
describe('dindctl run --os', function () {
	this.timeout(900_000);
	let scene: OsScene | undefined;
	let device = '';

	before(function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		scene = new OsScene(PORT);
		device = scene.device;
	});
	after(() => scene?.dispose());

	const at = () => scene ?? expect.fail('there is no scene');
	const dindctl = (...args: readonly string[]) => at().dindctl(...args);
	const inside = (...command: readonly string[]) => at().inside(...command);
	const readState = (key: string) => at().readState(key);

	it('refuses what it cannot have, and what does not go with it', async () => {
		for (const [args, expected] of [
			[['--preload', '--cloud', 'local'], `${REPLACED}. Use --cloud none, or give the config.json of a cloud.`],
			[['--preload', '--inputs', '/nowhere'], `There is no file /nowhere/apps.json. ${PUT}.`],
			[['--mount-backup', '--inputs', '/nowhere'], `There is no file /nowhere/backup.tgz. ${PUT}.`],
			[['--dind-container=x/y'], 'x/y is no name of a container. Use letters, digits, dots and dashes.'],
			[['--device-type', 'toaster'], /^There is no device type toaster\. Choose one of generic-amd64, /],
			[['--arch', 'armv7hf'], 'There is no architecture armv7hf here. Choose one of amd64, aarch64.'],
			[['--image', 'x', '--tag', 'y'], '--image goes without --tag. An image has its tag already.'],
			[['x.yml', '--cloud', 'none'], 'There is no stand-in cloud that could release x.yml. Leave it out.'],
			[['--engine', '/nowhere.sock'], '--engine goes without --os. Leave out one of them.'],
			[['--cloud', 'local', '--config', 'x'], '--cloud and --config say the same. Leave out one of them.'],
			[['--cloud', '/nowhere.json'], 'There is no file /nowhere.json. Give the config.json of a device.'],
		] as const) {
			const { code, output } = await dindctl('run', '--os', ...args);
			if (typeof expected === 'string') expect(output).to.equal(`dindctl: ${expected}\n`);
			else expect(output.replace('dindctl: ', '')).to.match(expected);
			expect(code).to.equal(1);
		}
		for (const [args, expected] of [
			[['--cloud', 'local'], '--cloud goes with --os only. Add --os, or use --config FILE.'],
			[['--mount-dist'], '--mount-dist goes with --os only. Add --os.'],
			[['--dind-container', 'x'], '--dind-container goes with --os only. Add --os, or use --name.'],
		] as const) {
			expect(await dindctl('run', ...args)).to.deep.equal({ code: 1, output: `dindctl: ${expected}\n` });
		}
		expect(existsSync(device)).to.equal(false);
	});

	it('dev-tools #31, #33: brings a device to target with the supervisor as a service, reboots it, and leaves nothing', async () => {
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
		return { directory: at().folder, network: readNetwork(pid) ?? 'none', cgroup };
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

	/** Spec: dev-tools 7.1, all arguments are journalctl's. */
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
		const readBoot = () => inside('systemctl', 'show', '--value', '--property', BOOT);
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
		expect(await readBoot())
			.to.match(/^\d+$/)
			.and.not.equal(before);
	}
});
