import { rmSync } from 'node:fs';
import { expect } from 'chai';
import type { ExplainView } from '../../../src/device-api/v3/explained.ts';
import { shareLockDirectories, type LockDirectories } from './lock-directories.ts';
import { setScene, type Compositions, type Scene } from './scene.ts';
import { join } from 'node:path';

interface Why {
	readonly reason?: string;
	readonly since?: string;
	readonly next_try?: string;
}
interface StateView extends Why {
	readonly services?: Readonly<Record<string, Why>>;
}

const IDLE = { command: ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done"], stop_signal: 'SIGTERM' };

/** Each is caused on a real engine, and read through the API (spec: v3-api 3). */
describe('why a service is not on target', function () {
	this.timeout(90_000);
	let scene: Scene;
	let locks: LockDirectories;
	before(async () => {
		scene = await setScene();
		locks = shareLockDirectories(join(scene.device.folder, 'root'), scene.fleet.id);
		await scene.device.start();
	});
	after(async () => {
		locks.dispose();
		await scene.dispose();
	});

	async function read<View>(path: string): Promise<View> {
		const answer = await scene.device.call('GET', path, await scene.device.apiKey());
		return JSON.parse(answer?.body ?? '{}') as View;
	}
	const viewOf = async (service: string) => (await read<StateView>('/v2/state/status')).services?.[service] ?? {};

	const explain = (service: string) => read<ExplainView>(`/v3/explain/apps/${scene.fleet.uuid}/services/${service}`);
	const explainDevice = () => read<ExplainView>('/v3/explain');

	/** The same sentence as v2, with its kind, and its section of the troubleshooting page. */
	async function expectExplained(service: string, state: string, kind: string, help: string): Promise<ExplainView> {
		const view = await explain(service);
		expect(view).to.include({ state, sentence: (await viewOf(service)).reason });
		expect(view.because?.kind).to.equal(kind);
		expect(view.help).to.equal(`docs/troubleshooting.md#${help}`);
		expect(view.ends_when).to.match(/\w/);
		return view;
	}

	async function waitForReason(compositions: Compositions, service: string, reason: RegExp): Promise<Why> {
		const images = Object.fromEntries(Object.keys(compositions).map((name, n) => [name, scene.images[n] ?? '']));
		const all = Object.fromEntries(Object.entries(compositions).map(([name, own]) => [name, { ...IDLE, ...own }]));
		await scene.release(images, { compositions: all });
		await scene.device.update();
		await scene.device.waitFor(`${service}: ${String(reason)}`, async () =>
			reason.test((await viewOf(service)).reason ?? ''),
		);
		return viewOf(service);
	}

	it('a port that is taken: since the first failure, with the next try', async () => {
		const port = scene.engine.registry.split(':')[1] ?? '';
		const taken = new RegExp(`^web cannot start: port ${port} of the device is taken by another program$`);
		const why = await waitForReason({ web: { ports: [`${port}:80`] } }, 'web', taken);
		expect(why.since).to.match(/^\d{4}-/);
		await scene.device.waitFor('the next try is known', async () => (await viewOf('web')).next_try !== undefined);
		expect((await viewOf('web')).since).to.equal(why.since);
		const { because, since } = await expectExplained('web', 'failing', 'backoff', 'a-port-is-taken');
		expect(because).to.include({ cause: 'port_taken', since });
	});

	it('a device, a command, a health check', async () => {
		await waitForReason(
			{ web: { devices: ['/dev/nonesuch:/dev/x'] } },
			'web',
			/^web cannot start: the device has no \/dev\/nonesuch$/,
		);
		await waitForReason(
			{ web: { command: ['nonesuch'] } },
			'web',
			/^web cannot start: its image has no command nonesuch$/,
		);
		await expectExplained('web', 'failing', 'backoff', 'a-command-cannot-be-run');
		const db = { healthcheck: { test: ['CMD', 'false'], interval: '1s', retries: 1 } };
		const web = { depends_on: { db: { condition: 'service_healthy' } } };
		await waitForReason({ db, web }, 'web', /^web waits until db is healthy: db runs, and its health check fails$/);
		await expectExplained('web', 'waiting', 'dependency', 'a-service-waits-for-another-one');
		await expectExplained('db', 'failing', 'unhealthy', 'a-health-check-fails');
		const said = 'web waits until db is healthy';
		await scene.device.waitFor('the user is notified', () => scene.device.log().includes(said));
	});

	it('a service that ends again and again, on target all the same', async () => {
		await waitForReason(
			{ web: { command: ['sh', '-c', 'sleep 1; exit 7'] } },
			'web',
			/^web ends by itself \(exit code 7\), and the engine starts it again$/,
		);
		const { because } = await expectExplained('web', 'failing', 'restarting', 'a-service-ends-by-itself');
		expect(because).to.include({ exit_code: 7 });
	});

	it('v3-api #2: a lock of a service, which ends when its file is removed', async () => {
		await scene.apply({ web: scene.images[0] }, { compositions: { web: IDLE } });
		locks.lockAsUser('web');
		const locked = /^web is not changed: updates are locked by service web, through its lock file$/;
		await waitForReason({ web: { environment: { LOG_LEVEL: 'hidden-value' } } }, 'web', locked);
		const view = await expectExplained('web', 'waiting', 'locked', 'updates-are-locked');
		expect(view.because?.['holder']).to.include({ service: 'web' });
		expect(view.differences).to.deep.include({ field: 'environment.LOG_LEVEL', is: null, should: '•••' });
		expect(JSON.stringify(view)).not.to.include('hidden-value');
		expect(await read('/v3/status')).to.include({ status: 'aborted' });
		rmSync(locks.pathOf('web', 'updates.lock'));
		await scene.device.update();
		await scene.device.waitFor('it is on target', async () => (await explain('web')).state === 'on_target');
	});

	it('v3-api #2: a cloud that refuses reports, with its answer', async () => {
		await scene.client.createFault({
			match: { method: 'PATCH', path: '/\\/state$/' },
			status: 400,
			body: '"bad report"',
		});
		await scene.apply({ web: scene.images[1] }, { compositions: { web: IDLE } });
		const ofCloud = async () => (await explainDevice()).parts.find(({ subject }) => subject === 'the cloud');
		await scene.device.waitFor('the refusal is known', async () => (await ofCloud()) !== undefined);
		expect((await ofCloud())?.because).to.include({
			kind: 'cloud_refuses',
			call: 'report',
			status: 400,
			answer: 'bad report',
		});
		await scene.client.deleteFaults();
		expect(await read('/v3/status')).to.include({ status: 'done' });
	});

	it('is nothing once it is gone', async () => {
		await scene.apply({ web: scene.images[0] }, { compositions: { web: IDLE } });
		await scene.device.waitFor('there is no reason', async () => (await viewOf('web')).reason === undefined);
		expect(await read<StateView>('/v2/state/status')).not.to.have.any.keys('reason', 'services');
	});
});
