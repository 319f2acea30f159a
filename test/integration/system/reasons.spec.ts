import { expect } from 'chai';
import { setScene, type Compositions, type Scene } from './scene.ts';

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
	before(async () => {
		scene = await setScene();
		await scene.device.start();
	});
	after(() => scene.dispose());

	async function read<View>(path: string): Promise<View> {
		const answer = await scene.device.call('GET', path, await scene.device.apiKey());
		return JSON.parse(answer?.body ?? '{}') as View;
	}
	const viewOf = async (service: string) => (await read<StateView>('/v2/state/status')).services?.[service] ?? {};

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
		const db = { healthcheck: { test: ['CMD', 'false'], interval: '1s', retries: 1 } };
		const web = { depends_on: { db: { condition: 'service_healthy' } } };
		await waitForReason({ db, web }, 'web', /^web waits until db is healthy: db runs, and its health check fails$/);
		const said = 'web waits until db is healthy';
		await scene.device.waitFor('the user is notified', () => scene.device.log().includes(said));
	});

	it('a service that ends again and again, on target all the same', async () => {
		await waitForReason(
			{ web: { command: ['sh', '-c', 'sleep 1; exit 7'] } },
			'web',
			/^web ends by itself \(exit code 7\), and the engine starts it again$/,
		);
	});

	it('is nothing once it is gone', async () => {
		await scene.apply({ web: scene.images[0] }, { compositions: { web: IDLE } });
		await scene.device.waitFor('there is no reason', async () => (await viewOf('web')).reason === undefined);
		expect(await read<StateView>('/v2/state/status')).not.to.have.any.keys('reason', 'services');
	});
});
