import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AppReport } from '../../../src/device-state/index.ts';
import { buildAndPush } from '../../../tools/device/index.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { exited } from '../device/fake-transient-units.ts';
import { FakeHostServices, PrivateBus } from '../device/private-bus.ts';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const UNIT = 'os-update.service';
const FOLDER = '/tmp/balena-supervisor/balenahup';
const ENTRY = '#!/bin/sh\necho "$@"\n';

/** A device with a service of a user, and with a bus on which the test plays systemd and logind. */
describe('a device whose target names a release of the host OS', function () {
	this.timeout(120_000);
	const cleanUp = new CleanUp();
	let scene: Scene;
	let services: FakeHostServices;
	let address: string;
	let commit: string;
	let updater: string;
	let hostUuid: string;

	const at = (path: string) => join(scene.device.folder, path);
	const writeOsRelease = (build: string) => {
		writeFileSync(at('root/etc/os-release'), `ID="balena-os"\nVERSION="6.0.0"\nBALENA_BOARD_REV="${build}"\n`);
	};
	const start = () => scene.device.start({ DBUS_SYSTEM_BUS_ADDRESS: address });

	before(() =>
		cleanUp.during(async () => {
			scene = await setScene();
			cleanUp.add(() => scene.dispose());
			mkdirSync(at('root/run/dbus'), { recursive: true });
			const bus = new PrivateBus(at('root/run/dbus'));
			({ address } = bus);
			await bus.start();
			cleanUp.add(() => bus.stop());
			services = await FakeHostServices.start(address);
			cleanUp.add(() => services.stop());
			services.activeStates.set('openvpn.service', 'active');
			writeOsRelease('old');
			updater = await pushUpdater();
			await start();
			await scene.apply({ web: scene.images[0] });
		}),
	);
	after(() => cleanUp.run());

	/** An image with the folder that a device copies. */
	async function pushUpdater(): Promise<string> {
		const { engine } = scene;
		const context = mkdtempSync(join(tmpdir(), 'updater-'));
		cleanUp.add(() => rmSync(context, { recursive: true }));
		mkdirSync(join(context, 'app/lib'), { recursive: true });
		for (const [path, content, mode] of [
			['app/entry.sh', ENTRY, 0o755],
			['app/lib/data', 'data', 0o640],
		] as const) {
			writeFileSync(join(context, path), content);
			chmodSync(join(context, path), mode);
		}
		writeFileSync(join(context, 'Dockerfile'), `FROM ${engine.base}\nCOPY app /app\nCMD ["false"]\n`);
		const { socketPath, registry } = engine;
		return (await buildAndPush({ socketPath, registry, name: 'updater', context })).reference;
	}

	async function releaseHostOs(build: string): Promise<void> {
		const { client, device, fleet, images } = scene;
		const { deviceType, arch } = fleet;
		const host = await client.createFleet({ name: `os-${build}`, kind: 'host', deviceType, arch });
		const labels = {
			'io.balena.image.class': 'hostapp',
			'io.balena.update.requires-reboot': '1',
			'io.balena.private.updater': updater,
			'io.balena.private.hostapp.board-rev': build,
		};
		const composition = { services: { hostapp: { labels } } };
		({ commit } = await client.createRelease(host.id, { composition, images: { hostapp: images[1] } }));
		hostUuid = host.uuid;
		await client.updateDevice(await device.uuid(), { hostRelease: commit });
		await device.update();
	}
	const waitForStart = (count: number) =>
		scene.device.waitFor(`unit ${count} is started`, () => services.transient.starts.length === count);

	async function waitForReport(status: string, service: string): Promise<void> {
		await scene.device.waitFor(`the cloud knows that the host OS is ${status}`, async () => {
			const view = await scene.device.view();
			// As this device has reported them, which tests of their own judge.
			const apps = view?.state['apps'] as Readonly<Record<string, AppReport>> | undefined;
			const release = apps?.[hostUuid]?.releases[commit];
			return release?.update_status === status && release.services?.['hostapp']?.status === service;
		});
	}

	it('host-update #1: fetches the updater, copies it with its modes, and has systemd run it', async () => {
		await scene.engine.docker('create', '--name', 'balenahup', scene.engine.base, 'true'); // of an earlier try
		await releaseHostOs('new');
		await waitForStart(1);
		services.transient.activate(UNIT);
		const command = [
			`${FOLDER}/entry.sh`,
			...['--app-uuid', hostUuid, '--release-commit', commit, '--target-image-uri', scene.images[1], '--no-reboot'],
		];
		expect(services.transient.starts).to.deep.equal([
			{
				name: UNIT,
				mode: 'fail',
				properties: {
					Type: 'exec',
					ExecStart: [[command[0], command, false]],
					RemainAfterExit: false,
					CollectMode: 'inactive',
					WorkingDirectory: FOLDER,
				},
			},
		]);
		expect(readFileSync(at(`root${FOLDER}/entry.sh`), 'utf8')).to.equal(ENTRY);
		expect(statSync(at(`root${FOLDER}/entry.sh`)).mode & 0o777).to.equal(0o755);
		expect(statSync(at(`root${FOLDER}/lib/data`)).mode & 0o777).to.equal(0o640);
		expect(readdirSync(at(`root${FOLDER}`)).sort()).to.deep.equal(['entry.sh', 'lib']);
		expect(await scene.engine.docker('ps', '--all', '--format', '{{.Names}}')).not.to.include('balenahup');
		expect(await scene.engine.docker('images', '--digests')).not.to.include('/v2/updater');
		await waitForReport('applying changes', 'Installing');
	});

	it('host-update #4: a supervisor that was killed waits for the same unit, and refuses reboots meanwhile', async () => {
		const { device } = scene;
		await device.kill('SIGKILL');
		await start();
		await device.waitFor(
			'the unit is looked at',
			() => services.calls.filter((call) => call.startsWith('RefUnit')).length === 2,
		);
		const answer = await device.call('POST', '/v1/reboot', await device.apiKey());
		expect(answer?.status).to.equal(423);
		expect(answer?.body).to.include('Waiting for Host OS update to finish');
		expect(services.transient.starts).to.have.length(1);
	});

	it('host-update #2: the device reboots when the updater has ended', async () => {
		services.transient.end(UNIT, exited(0));
		await scene.device.waitFor('it asks for a reboot', () => services.calls.includes('Reboot(false)'));
		expect(JSON.parse(readFileSync(at('root/tmp/balena-supervisor/host-update'), 'utf8'))).to.include({
			commit,
			state: 'installed',
		});
		await waitForReport('aborted', 'Installing');
	});

	it('host-update #6: after the boot the release is done, and nothing is run again', async () => {
		const { device, engine } = scene;
		const web = (await containersByService(engine))['web'];
		await device.kill('SIGKILL');
		rmSync(at('root/tmp/balena-supervisor'), { recursive: true });
		writeOsRelease('new');
		await start();
		await waitForReport('done', 'Running');
		expect(services.transient.starts).to.have.length(1);
		expect(existsSync(at(`root${FOLDER}`))).to.equal(false);
		expect((await containersByService(engine))['web']?.Id).to.equal(web?.Id);
	});

	it('host-update #3: a release whose updater fails is given up after three attempts', async () => {
		await releaseHostOs('third');
		for (let attempt = 2; attempt <= 4; attempt++) {
			await waitForStart(attempt);
			services.transient.activate(UNIT);
			services.transient.end(UNIT, exited(3));
		}
		await waitForReport('aborted', 'Installing');
		expect(scene.device.logSinceStart()).to.include('the updater ended with exit code 3');
		expect(services.transient.starts).to.have.length(4);
	});
});
