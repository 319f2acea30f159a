import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { containersByService, listContainers, listImages, listNetworks, listVolumes } from './engine-view.ts';
import type { Container } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const COMPOSITIONS = {
	web: {
		depends_on: ['db'],
		environment: { GREETING: 'hello' },
		networks: { front: { aliases: ['www'] }, back: {} },
		ports: ['18080:80'],
		restart: 'always',
	},
	db: {
		healthcheck: { test: ['CMD', 'true'], interval: '1s', retries: 2 },
		networks: { back: { aliases: ['database'] } },
		restart: 'unless-stopped',
		volumes: ['data:/data'],
	},
	job: { networks: ['front'], restart: 'on-failure' },
};
const RELEASE = { compositions: COMPOSITIONS, volumes: { data: {} }, networks: { front: {}, back: {} } };

describe('a device and its release', function () {
	this.timeout(60_000);
	let scene: Scene;
	let images: { readonly web: string; readonly db: string; readonly job: string };

	beforeEach(async () => {
		scene = await setScene();
		const [web, db, job] = scene.images;
		images = { web, db, job };
		await scene.device.start();
	});
	afterEach(() => scene.dispose());

	it('cloud-api #3, #34, #42: registers, fetches a release of three services, runs it and reports it', async () => {
		const { device, engine, fleet } = scene;
		const release = await scene.apply(images, RELEASE);
		const containers = await containersByService(engine);
		const uuid = await device.uuid();

		expect(Object.keys(containers)).to.have.members(['web', 'db', 'job']);
		for (const [service, container] of Object.entries(containers)) {
			const { id, imageId } = release.services[service]!;
			expect(container.Name).to.equal(`/${service}_${imageId}_${release.id}_${release.commit}`);
			expect(container.State.Status).to.equal('running');
			expect(container.Config.Labels).to.include({
				'io.balena.supervised': 'true',
				'io.balena.app-id': String(fleet.id),
				'io.balena.app-uuid': fleet.uuid,
				'io.balena.service-id': String(id),
				'io.balena.service-name': service,
			});
			expect(container.Config.Env).to.include.members([
				'BALENA=1',
				`BALENA_APP_ID=${fleet.id}`,
				`BALENA_APP_UUID=${fleet.uuid}`,
				'BALENA_APP_NAME=fleet',
				`BALENA_SERVICE_NAME=${service}`,
				`BALENA_DEVICE_UUID=${uuid}`,
				`BALENA_DEVICE_NAME_AT_INIT=device-${uuid.slice(0, 7)}`,
				'BALENA_HOST_OS_VERSION=balenaOS 6.1.0',
			]);
		}
		expectCompositions(containers, fleet.id);

		await scene.waitForReport(release.commit, ['web', 'db', 'job']);
		const view = await device.view();
		expect(view).to.deep.include({ updateStatus: 'done', targetRelease: release.commit });
		expect(view?.state).to.include({ status: 'Idle', os_variant: 'dev', provisioning_state: '' });
		const config: unknown = JSON.parse(readFileSync(device.configPath, 'utf8'));
		expect(config).to.include({ uuid, deviceId: view?.id, bootstrapRetryDelay: 500 }).and.not.have.property('apiKey');
	});

	it('replaces the one service that changed, and then removes its old image', async () => {
		const { engine } = scene;
		await scene.apply(images, RELEASE);
		const before = await containersByService(engine);
		const web = scene.images[3];
		const release = await scene.apply({ ...images, web }, RELEASE);
		const after = await containersByService(engine);

		expect(after['web']?.Id).to.not.equal(before['web']?.Id);
		for (const service of ['db', 'job']) {
			expect(after[service]?.Id).to.equal(before[service]?.Id);
			expect(after[service]?.State.StartedAt).to.equal(before[service]?.State.StartedAt);
			expect(after[service]?.Name).to.match(new RegExp(`^/${service}_\\d+_${release.id}_${release.commit}$`));
		}
		expect(await listImages(engine)).to.have.members([web, images.db, images.job]);
	});

	it('removes an app that the target no longer names: containers, networks, volumes and images', async () => {
		const { device, engine, client } = scene;
		await scene.apply(images, RELEASE);
		expect(await listNetworks(engine)).to.have.lengthOf(3);
		expect(await listVolumes(engine)).to.have.lengthOf(1);

		const uuid = await device.uuid();
		await client.setTarget(uuid, { [uuid]: { name: 'empty', config: {}, apps: {} } });
		await device.update();
		await device.waitFor('all of the app is gone', async () => {
			const left = [listContainers, listNetworks, listVolumes, listImages].map((list) => list(engine));
			return (await Promise.all(left)).every((list) => list.length === 0);
		});
		await device.waitFor('it is settled', async () => (await device.status())?.appState === 'applied');
	});

	it('stops a service that is not to run, keeps its container, and starts that one again', async () => {
		const { device, engine, client } = scene;
		await scene.apply(images, RELEASE);
		const before = await containersByService(engine);
		const uuid = await device.uuid();
		const target = await fetchTarget();

		await client.setTarget(uuid, setRunning(target, 'job', false));
		await device.update();
		await waitForState('job', 'exited');
		const stopped = await containersByService(engine);
		expect(idsOf(stopped)).to.deep.equal(idsOf(before));
		expect(stopped['web']?.State.StartedAt).to.equal(before['web']?.State.StartedAt);
		expect(stopped['db']?.State.StartedAt).to.equal(before['db']?.State.StartedAt);

		await client.setTarget(uuid, setRunning(target, 'job', true));
		await device.update();
		await waitForState('job', 'running');
		expect(idsOf(await containersByService(engine))).to.deep.equal(idsOf(before));
	});

	const waitForState = (service: string, state: string) =>
		scene.device.waitFor(
			`${service} is ${state}`,
			async () => (await containersByService(scene.engine))[service]?.State.Status === state,
		);

	/** As the device gets it. */
	async function fetchTarget(): Promise<string> {
		const { deviceApiKey } = JSON.parse(readFileSync(scene.device.configPath, 'utf8')) as { deviceApiKey: string };
		const url = `${scene.cloud.url}/device/v3/${await scene.device.uuid()}/state`;
		const response = await fetch(url, { headers: { authorization: `Bearer ${deviceApiKey}` } });
		return response.text();
	}
});

function idsOf(containers: Readonly<Record<string, Container>>): Readonly<Record<string, string>> {
	return Object.fromEntries(Object.entries(containers).map(([service, { Id }]) => [service, Id]));
}

function setRunning(target: string, service: string, running: boolean): unknown {
	return JSON.parse(target, (key, value: unknown) => {
		const isService = key === service && typeof value === 'object' && value !== null && 'image_id' in value;
		return isService ? { ...value, running } : value;
	});
}

function expectCompositions({ web, db, job }: Readonly<Record<string, Container>>, appId: number): void {
	expect(web?.Config.Env).to.include('GREETING=hello');
	expect(web?.HostConfig.PortBindings['80/tcp']?.[0]?.HostPort).to.equal('18080');
	expect(web?.HostConfig.RestartPolicy.Name).to.equal('always');
	const appUuid = web?.Config.Labels['io.balena.app-uuid'] ?? '';
	expect(web?.NetworkSettings.Networks).to.have.all.keys(`${appUuid}_front`, `${appUuid}_back`);
	expect(aliasesOf(web, 'front')).to.include.members(['web', 'www']);
	expect(aliasesOf(db, 'back')).to.include.members(['db', 'database']);
	expect(Object.keys(job?.NetworkSettings.Networks ?? {})).to.have.lengthOf(1);
	expect(db?.HostConfig.RestartPolicy.Name).to.equal('unless-stopped');
	expect(job?.HostConfig.RestartPolicy.Name).to.equal('on-failure');
	expect(db?.Config.Healthcheck).to.deep.include({ Test: ['CMD', 'true'], Retries: 2 });
	expect(db?.Mounts).to.deep.include.members([
		{ ...db?.Mounts.find(({ Destination }) => Destination === '/data'), Type: 'volume', Name: `${appId}_data` },
	]);
	expect(Date.parse(web?.State.StartedAt ?? '')).to.be.greaterThan(Date.parse(db?.State.StartedAt ?? ''));
}

function aliasesOf(container: Container | undefined, network: string): readonly string[] {
	const found = Object.entries(container?.NetworkSettings.Networks ?? {}).find(([name]) =>
		name.endsWith(`_${network}`),
	);
	return found?.[1].Aliases ?? [];
}
