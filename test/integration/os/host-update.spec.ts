import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createControlClient, type ControlClient } from '../../../tools/cloud/control-client.ts';
import { buildAndPush, findDeviceHost, runDocker } from '../../../tools/device/index.ts';
import { readRecord } from '../../../tools/dind/device-folder.ts';
import { osSocket } from '../../../tools/os/index.ts';
import { keepPackages } from '../device/keep-packages.ts';
import { BOOT, OsScene, UNIT, waitUntil } from './os-scene.ts';

const PORT = 48631;
const HOST = 'balena-container-supervisor';
const NEW_BUILD = 'fedcba9';
const NEXT_BUILD = 'abcdef0';
/** Where the host runs it, it writes down how it was called, takes as long as the test wants, and may come to nothing. */
const ENTRY = `#!/bin/sh
echo "$PWD $*" >>/mnt/state/updater-calls
ls -l lib/data | cut -c1-10 >/mnt/state/updater-mode
until [ -e /mnt/state/updater-may-end ]; do sleep 0.2; done
[ -e /mnt/state/rolls-back ] || sed 's/^BALENA_BOARD_REV=.*/BALENA_BOARD_REV="${NEW_BUILD}"/' /etc/os-release >/mnt/state/os-release
`;
/** The other half of what an updater does: the next boot has another system. */
const OTHER_ROOT =
	'[Service]\nExecStartPre=-/bin/sh -c "[ -e /mnt/state/os-release ] && mount --bind /mnt/state/os-release /etc/os-release"\n';

describe('an update of the host OS, by a real systemd', function () {
	this.timeout(600_000);
	let scene: OsScene;
	let cloud: ControlClient;
	let key = '';
	let uuid = '';
	let hostUuid = '';
	let hostFleet = 0;
	let updater = '';
	let commit = '';

	before(async function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		scene = new OsScene(PORT);
		await scene.succeed('run', '--os', '--port', String(PORT));
		cloud = createControlClient(join(scene.device, 'cloud.sock'));
		uuid = (await cloud.listDevices())[0]?.uuid ?? '';
		key = (await scene.succeed('key')).trim();
		const folder = '/etc/systemd/system/balena.service.d';
		await scene.succeed('shell', 'sh', '-c', `mkdir -p ${folder} && printf '%s' '${OTHER_ROOT}' >${folder}/os.conf`);
	});
	after(async () => {
		await (scene as OsScene | undefined)?.dispose();
	});

	const state = (name: string) => join(scene.device, 'state', name);
	const calls = () =>
		existsSync(state('updater-calls')) ? readFileSync(state('updater-calls'), 'utf8').trim().split('\n') : [];
	const carrier = () => findDeviceHost(scene.device)?.socketPath;
	const readBoot = async () => (await scene.inside('systemctl', 'show', '--value', '--property', BOOT)).trim();

	/** With modes that the copy has to keep. */
	async function pushUpdater(): Promise<string> {
		const context = join(scene.folder, 'updater');
		mkdirSync(join(context, 'app/lib'), { recursive: true });
		writeFileSync(join(context, 'app/entry.sh'), ENTRY);
		chmodSync(join(context, 'app/entry.sh'), 0o755);
		writeFileSync(join(context, 'app/lib/data'), 'data');
		chmodSync(join(context, 'app/lib/data'), 0o640);
		writeFileSync(join(context, 'Dockerfile'), 'FROM device-base\nCOPY app /app\nCMD ["false"]\n');
		const registry = `127.0.0.1:${readRecord(scene.device)?.ports.registry ?? ''}`;
		const pushed = await buildAndPush({ socketPath: osSocket(scene.device), registry, name: 'updater', context });
		return pushed.reference;
	}

	async function releaseHostOs(): Promise<void> {
		const [fleet] = await cloud.listFleets();
		updater = await pushUpdater();
		const { deviceType = '', arch = '' } = fleet ?? {};
		const host = await cloud.createFleet({ name: 'os', kind: 'host', deviceType, arch });
		({ id: hostFleet, uuid: hostUuid } = host);
		await target(NEW_BUILD);
	}

	async function target(build: string): Promise<void> {
		const labels = {
			'io.balena.image.class': 'hostapp',
			'io.balena.private.updater': updater,
			'io.balena.private.hostapp.board-rev': build,
		};
		const composition = { services: { hostapp: { labels } } };
		const images = { hostapp: updater }; // what is installed is the updater's business
		({ commit } = await cloud.createRelease(hostFleet, { composition, images }));
		await cloud.updateDevice(uuid, { hostRelease: commit });
	}

	async function readStatus(): Promise<string | undefined> {
		const { state: reported } = await cloud.getDevice(uuid);
		const apps = (reported as { readonly apps?: Readonly<Record<string, unknown>> }).apps;
		const app = apps?.[hostUuid] as
			{ readonly releases?: Readonly<Record<string, { update_status?: string }>> } | undefined;
		return app?.releases?.[commit]?.update_status;
	}

	it('host-update #1: is run as a unit of the host, with the arguments and the modes that it should have', async () => {
		await releaseHostOs();
		await waitUntil('the updater runs', () => Promise.resolve(calls().length === 1));
		const [call = ''] = calls();
		expect(call).to.match(
			new RegExp(
				`^/tmp/balena-supervisor/balenahup --app-uuid ${hostUuid} --release-commit ${commit} --target-image-uri \\S+/v2/updater\\S* --no-reboot$`,
			),
		);
		expect(readFileSync(state('updater-mode'), 'utf8').trim()).to.equal('-rw-r-----');
		expect(await scene.inside('systemctl', 'is-active', 'os-update.service')).to.equal('active');
		await waitUntil('the cloud knows', async () => (await readStatus()) === 'applying changes');
	});

	it('host-update #4: is waited for by a supervisor that was killed meanwhile', async () => {
		await scene.inside('docker', 'kill', 'balena_supervisor');
		await waitUntil('the supervisor answers again', async () => (await scene.ask('/v1/healthy')) === 'OK');
		await sleep(3000);
		expect(calls()).to.have.length(1);
		expect(await scene.inside('systemctl', 'is-active', 'os-update.service')).to.equal('active');
	});

	it('host-update #5: is run again after the power was cut, as a second attempt', async () => {
		await runDocker(carrier(), ['kill', HOST]);
		await runDocker(carrier(), ['start', HOST]);
		await waitUntil('the updater runs again', () => Promise.resolve(calls().length === 2));
	});

	const readJournal = () => scene.inside('journalctl', '--unit', UNIT, '--output', 'cat');
	const waitForBootAfter = (before: string) =>
		waitUntil('the host boots again', async () => {
			await runDocker(carrier(), ['start', HOST]); // what watched over it has seen it end
			const now = await readBoot();
			return /^\d+$/.test(now) && now !== before;
		});

	it('host-update #2, #6: is followed by a reboot, after which it is done and not run again', async () => {
		const before = await readBoot();
		writeFileSync(state('updater-may-end'), '');
		await waitForBootAfter(before);
		await waitUntil('the cloud knows that it is done', async () => (await readStatus()) === 'done');
		await waitUntil('the device is on target', async () => (await scene.readState(key)) === 'applied');
		expect(calls()).to.have.length(2);
		expect(await scene.inside('systemctl', 'is-active', UNIT)).to.equal('active');
	});

	it('host-update #6: has failed, and is run again, when the old build has booted again', async () => {
		const before = await readBoot();
		writeFileSync(state('rolls-back'), '');
		await target(NEXT_BUILD);
		await waitUntil('the updater has ended', async () =>
			(await readJournal()).includes(`Installed host OS release ${commit}`),
		);
		rmSync(state('updater-may-end')); // the second attempt would reboot too
		await waitForBootAfter(before);
		await waitUntil('the updater runs again', () => Promise.resolve(calls().length === 4));
		expect(calls().at(-1)).to.include(commit);
		expect(await readStatus()).to.not.equal('done');
		expect(await readJournal()).to.include('(attempt 2; the last one did not bring its build: it was rolled back');
	});
});
