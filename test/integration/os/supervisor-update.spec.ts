import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createControlClient } from '../../../tools/cloud/control-client.ts';
import { buildAndPush, builtName, runDocker } from '../../../tools/device/index.ts';
import { osSocket } from '../../../tools/os/index.ts';
import { keepPackages } from '../device/keep-packages.ts';
import { OsScene } from './os-scene.ts';

const PORT = 48625;
/** As on each device (spec: compose 10.3). */
const SUPERVISOR_APP = '52e35121417640b1b28a680504e4039b';
const WAIT_MS = 240_000;
const SECONDS = { healthy: 60, proof: 10 };
const CONF = 'state/etc-balena-supervisor/supervisor.conf';

/** Becomes healthy, and ends a few seconds later. */
const DIES = [
	'/usr/src/app/entry.sh & pid=$!',
	'until wget -q -O /dev/null http://127.0.0.1:48484/v1/healthy; do sleep 0.2; done',
	'sleep 4; kill -9 $pid; exit 3',
].join('; ');

/** A host with systemd, whose cloud names one supervisor after the other (spec: host 14.3). */
describe('the update of the supervisor on a whole host', function () {
	this.timeout(900_000);
	let scene: OsScene;
	let folder = '';
	let device = '';
	let registry = '';
	let fleetId = 0;
	let uuid = '';
	/** Ids and start times of the containers of the user. */
	let containers = '';
	/** The reference of each version that was released. */
	const released = new Map<string, string>();

	before(async function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		scene = new OsScene(PORT);
		({ folder, device } = scene);
		await scene.succeed('run', '--os', '--cloud', 'local', '--port', String(PORT));
		await prepareDevice();
	});
	after(async () => {
		await (scene as OsScene | undefined)?.dispose();
	});

	const inside = (...command: readonly string[]) => scene.inside(...command);
	const docker = async (...args: readonly string[]) => (await runDocker(osSocket(device), args)).trim();
	const cloud = () => createControlClient(join(device, 'cloud.sock'));
	const readConf = () => readFileSync(join(device, CONF), 'utf8');

	async function waitUntil(what: string, isTrue: () => Promise<boolean>): Promise<void> {
		const deadline = performance.now() + WAIT_MS;
		for (;;) {
			try {
				if (await isTrue()) return;
			} catch {
				// the engine or the cloud is away for a moment
			}
			if (performance.now() > deadline)
				throw new Error(`${what}: not within ${WAIT_MS / 1000} s\n${await tailOfJournal()}`);
			await sleep(300);
		}
	}

	const tailOfJournal = () =>
		inside('journalctl', '--lines=40', '--output=cat', '--unit=balena-supervisor', '--unit=supervisor-update').catch(
			String,
		);

	/** The same program with shorter limits, and a line in its configuration that must stay. */
	async function prepareDevice(): Promise<void> {
		const image = /^SUPERVISOR_IMAGE=(.*)$/m.exec(readConf())?.[1] ?? '';
		await build(image, image, [`ENV SUPERVISOR_UPDATE_SECONDS="${SECONDS.healthy} ${SECONDS.proof}"`]);
		writeFileSync(join(device, CONF), `# by the test\n${readConf()}KEPT="as it is"`);
		await inside('systemctl', 'restart', 'balena-supervisor');
		const [reported] = await cloud().listDevices();
		uuid = reported?.uuid ?? '';
		const arch = await docker('version', '--format', '{{.Server.Arch}}');
		const fleet = await cloud().createFleet({
			...{ name: 'supervisor', uuid: SUPERVISOR_APP, kind: 'supervisor', class: 'app' },
			arch: arch === 'arm64' ? 'aarch64' : 'amd64',
		});
		fleetId = fleet.id;
		const names = await docker('images', '--format', '{{.Repository}}');
		registry = /^(\S+)\/v2\//m.exec(names)?.[1] ?? '';
		expect([registry, uuid]).not.to.include('');
		await waitUntil('the supervisor answers', isHealthy);
		containers = await listContainers();
		expect(containers.split('\n')).to.have.length.above(1);
	}

	async function isHealthy(): Promise<boolean> {
		const answer = await fetch(`http://127.0.0.1:${PORT}/v1/healthy`, { signal: AbortSignal.timeout(5000) });
		return answer.ok;
	}

	async function build(from: string, tag: string, lines: readonly string[]): Promise<void> {
		const context = join(folder, 'context');
		mkdirSync(context, { recursive: true });
		writeFileSync(join(context, 'Dockerfile'), [`FROM ${from}`, ...lines, ''].join('\n'));
		await docker('build', '--quiet', '--tag', tag, context);
	}

	/** Makes it the supervisor that the device should run. */
	async function release(version: string, lines: readonly string[] = [], title = 'balena-supervisor'): Promise<string> {
		let reference = released.get(version);
		if (reference === undefined) {
			const from = /^SUPERVISOR_IMAGE=(.*)$/m.exec(readConf())?.[1] ?? '';
			await build(from, 'scratch-pad', [
				`LABEL org.opencontainers.image.title="${title}" org.opencontainers.image.version="${version}"`,
				`ENV VERSION=${version}`,
				...lines,
			]);
			const context = join(folder, 'context');
			writeFileSync(join(context, 'Dockerfile'), 'FROM scratch-pad\n');
			({ reference } = await buildAndPush({ socketPath: osSocket(device), registry, name: 'supervisor', context }));
			await docker('rmi', builtName('supervisor'), 'scratch-pad');
			released.set(version, reference);
		}
		const { commit } = await cloud().createRelease(fleetId, {
			composition: { services: { main: {} } },
			images: { main: reference },
		});
		await cloud().updateDevice(uuid, { supervisorRelease: commit });
		return reference;
	}

	const listContainers = async () => {
		const ids = await docker('ps', '--all', '--quiet', '--no-trunc', '--filter', 'label=io.balena.supervised');
		return await docker(
			'inspect',
			'--format',
			'{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.Running}}',
			...ids.split('\n').sort(),
		);
	};
	const runningImage = () => docker('inspect', '--format', '{{.Config.Image}} {{.State.Running}}', 'balena_supervisor');
	/** Another one with each start of the unit. */
	const readInvocation = () => inside('systemctl', 'show', '--property=InvocationID', 'supervisor-update.service');

	async function hasLogged(text: string): Promise<boolean> {
		return (await cloud().listLogs(uuid)).some(({ message }) => message.includes(text));
	}

	/** The old one runs, as if nothing had been. */
	async function expectOld(conf: string, image: string): Promise<void> {
		await waitUntil('the old supervisor is healthy', isHealthy);
		expect(readConf()).to.equal(conf);
		expect(await runningImage()).to.equal(image);
		expect(await inside('ls', '/tmp/update-supervisor.conf')).to.include('No such file');
		expect(await listContainers()).to.equal(containers);
	}

	async function failsWith(version: string, lines: readonly string[], reason: string): Promise<void> {
		const [conf, image] = [readConf(), await runningImage()];
		await release(version, lines);
		const line = `Update of the supervisor to version ${version} failed (attempt 1 of 3): ${reason}`;
		await waitUntil(line, () => hasLogged(line));
		await expectOld(conf, image);
	}

	it('host #41: starts a newer version, proves it, and removes the old image', async () => {
		const conf = readConf();
		const old = await docker('inspect', '--format', '{{.Image}}', 'balena_supervisor');
		const reference = await release('21.0.0');
		await waitUntil('the update is done', () => hasLogged('Supervisor updated to version 21.0.0'));
		expect(await runningImage()).to.equal(`${reference} true`);
		expect(readConf()).to.equal(
			conf
				.replace(/^SUPERVISOR_IMAGE=.*$/m, `SUPERVISOR_IMAGE=${reference}`)
				.replace(/^SUPERVISOR_VERSION=.*$/m, 'SUPERVISOR_VERSION=21.0.0'),
		);
		await waitUntil(
			'the old image is removed',
			async () => !(await docker('images', '--quiet', '--no-trunc')).includes(old),
		);
		await waitUntil('the new supervisor is healthy', isHealthy);
		expect(await listContainers()).to.equal(containers);
	});

	it('host #42: returns to the old version from one that exits at once', () =>
		failsWith('21.0.1', ['CMD ["/bin/false"]'], `supervisor 21.0.1 was not healthy within ${SECONDS.healthy} seconds`));

	it('host #42: returns to the old version from one that never becomes healthy', () =>
		failsWith(
			'21.0.2',
			['CMD ["sleep", "infinity"]'],
			`supervisor 21.0.2 was not healthy within ${SECONDS.healthy} seconds`,
		));

	it('host #42: returns to the old version from one that ends after it was healthy', () =>
		failsWith('21.0.3', [`CMD ["sh", "-c", ${JSON.stringify(DIES)}]`], 'supervisor 21.0.3 '));

	it('host #44: refuses an image of another project', async () => {
		const [conf, image, invocation] = [readConf(), await runningImage(), await readInvocation()];
		await release('19.0.0', [], 'something else');
		await waitUntil('it is refused', () => hasLogged('Supervisor not updated'));
		await expectOld(conf, image);
		expect(await readInvocation()).to.equal(invocation);
	});

	it('host #45: boots the old version after a power cut while the new one is on trial', async () => {
		const [conf, image] = [readConf(), await runningImage()];
		const reference = await release('21.0.4');
		await waitUntil('the new one is on trial', async () => (await runningImage()) === `${reference} true`);
		expect(readConf()).to.equal(conf);
		await inside('systemctl', 'reboot', '--force', '--force');
		const line = 'Update of the supervisor to version 21.0.4 failed (attempt 1 of 3)';
		await waitUntil(line, () => hasLogged(line));
		expect(readConf()).to.equal(conf);
		expect(await runningImage()).to.equal(image);
		await waitUntil('the containers run', async () => !(await listContainers()).includes('false'));
		containers = await listContainers(); // they were started by the boot
	});

	it('host #41: goes back to an older version, on the database of the newer one', async () => {
		const reference = await release('20.0.0');
		await waitUntil('the update is done', () => hasLogged('Supervisor updated to version 20.0.0'));
		expect(await runningImage()).to.equal(`${reference} true`);
		expect(await listContainers()).to.equal(containers);
	});
});
