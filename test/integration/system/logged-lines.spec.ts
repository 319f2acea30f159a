import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { containersByService } from './engine-view.ts';
import { startHeldRegistry } from './held-registry.ts';
import { setScene, type Scene } from './scene.ts';

interface AppView {
	readonly commit: string;
	readonly updateStatus: string;
	readonly services: Readonly<Record<string, { readonly status: string } | undefined>>;
}

const shell = (script: string) => ({ command: ['sh', '-c', script], stop_grace_period: '2s' });
const WELL = shell('trap "exit 0" TERM; while :; do sleep 1; done');

describe('what a device logs about its services', function () {
	this.timeout(90_000);
	let scene: Scene;
	let cleanUp = () => Promise.resolve();

	beforeEach(async () => {
		scene = await setScene();
		await scene.device.start();
	});
	afterEach(async () => {
		await scene.dispose();
		await cleanUp();
		cleanUp = () => Promise.resolve();
	});

	it('planner 12, cloud-api 13.5: logs a crash for the user, and that the engine starts the service again', async () => {
		const { device, client, images } = scene;
		const lines = async () => (await client.listLogs(await device.uuid())).map(({ message }) => message);
		const compositions = { web: shell('sleep 1; exit 7'), well: WELL };
		await scene.release({ web: images[0], well: images[1] }, { compositions });
		await device.update();
		const has = (text: string) => async () => (await lines()).some((line) => line.startsWith(text));
		await device.waitFor('the restart is logged', has("Restarting service 'web sha256:"), 30_000);
		const ofWeb = (await lines()).filter((line) => line.includes("service 'web") || line.includes("exited 'web"));
		expect(ofWeb[ofWeb.findIndex((line) => line.startsWith('Restarting')) - 1]).to.match(
			/^Service exited 'web sha256:[0-9a-f]{64}' due to 'exit code 7'$/,
		);
		const before = (await lines()).length;
		await scene.apply({ web: images[0], well: images[2] }, { compositions: { web: WELL, well: WELL } });
		await device.waitFor('everything is logged', has("Started service 'well sha256:"), 30_000);
		const ofUpdate = (await lines()).slice(before).filter((line) => line.includes("'well"));
		expect(
			ofUpdate.filter((line) => line.startsWith('Service exited')),
			'asked to end',
		).to.have.length(1);
		expect(ofUpdate.filter((line) => line.startsWith('Restarting'))).to.deep.equal([]);
	});

	it('host #31: does not report the interfaces of the engine, with any name', async () => {
		const { device, engine } = scene;
		const shown = async () => (await device.call('GET', '/v1/device', await device.apiKey()))?.body ?? '';
		const { mac_address: before } = JSON.parse(await shown()) as { mac_address?: string };
		const name = 'com.docker.network.bridge.name=logged-lines';
		await engine.docker('network', 'create', '--subnet', '10.77.0.0/24', '--opt', name, 'logged-lines');
		try {
			await device.kill('SIGTERM');
			await device.start();
			const view = JSON.parse(await shown()) as { mac_address?: string; ip_address?: string };
			expect(view.mac_address).to.equal(before);
			expect(view.ip_address ?? '').to.not.include('10.77.0.1');
		} finally {
			await engine.docker('network', 'rm', 'logged-lines');
		}
	});

	it('case 23: the engine starts a service with on-failure:2 twice more, and then it stays stopped', async () => {
		const { device, engine, images } = scene;
		const compositions = { web: { ...shell('exit 3'), restart: 'on-failure:2' } };
		await scene.apply({ web: images[0] }, { compositions });
		const web = async () => (await containersByService(engine))['web'];
		await device.waitFor('the engine gave up', async () => {
			const now = await web();
			return now?.State.Status === 'exited' && now.RestartCount === 2;
		});
		const ended = await web();
		await device.update();
		await sleep(3000);
		expect((await web())?.State).to.deep.equal(ended?.State);
		await engine.docker('start', ended?.Id ?? '');
		await device.waitFor('a person may start it again', async () => (await web())?.State.Status === 'exited');
	});

	it('GET /v2/applications/state: a release with a new service is not done before its images are here', async () => {
		const { device, engine, images } = scene;
		const registry = await startHeldRegistry(engine);
		cleanUp = () => registry.removeImages(); // else the next device would not have to fetch them
		try {
			await scene.apply({ web: images[0] }, { compositions: { web: WELL } });
			const next = await scene.release(
				{ web: images[0], added: registry.hold(images[1]) },
				{ compositions: { web: WELL, added: WELL } },
			);
			const seen = new Set<string>();
			const look = async () => {
				const answer = await device.call('GET', '/v2/applications/state', await device.apiKey());
				// As the specification has it; what is there is looked at.
				const apps = JSON.parse(answer?.body ?? '{}') as Readonly<Record<string, AppView>>;
				for (const { commit, updateStatus, services } of Object.values(apps)) {
					if (commit === next.commit) seen.add(`${updateStatus}, added ${services['added']?.status}`);
				}
			};
			await device.update();
			await device.waitFor('its download has begun', async () => {
				await look();
				return registry.isAskedFor(images[1]);
			});
			await look();
			expect([...seen]).to.deep.equal(['downloading, added Downloading']);
			registry.letGo(images[1]);
			await device.waitForOnTarget(next.commit);
			await look();
			expect([...seen].at(-1)).to.equal('done, added Running');
		} finally {
			await registry.stop();
		}
	});
});
