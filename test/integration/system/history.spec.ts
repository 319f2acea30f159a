import { expect } from 'chai';
import { openStream } from './api-client.ts';
import { COMMIT, setLocalScene, type LocalScene } from './local-scene.ts';

interface Entry {
	readonly id: number;
	readonly kind: string;
	readonly event: string;
	readonly sentence: string;
	readonly details?: Readonly<Record<string, unknown>>;
}

describe('what has happened on a device', function () {
	this.timeout(60_000);
	let scene: LocalScene;

	before(async () => {
		scene = await setLocalScene();
		await scene.device.start();
		await scene.apply(scene.target());
	});
	after(() => scene.dispose());

	async function history(query = ''): Promise<readonly Entry[]> {
		const { status, json } = await scene.call('GET', `/v3/history?limit=1000${query}`);
		expect(status).to.equal(200);
		return (json as { readonly events: readonly Entry[] }).events;
	}

	it('v3-api #1: 6.1: shows the release, its steps and its services', async () => {
		const events = await history();
		const words = events.map(({ kind, event }) => `${kind} ${event}`);
		expect(words).to.include.members([
			'start started',
			'target added',
			'release begun',
			'step done',
			'service started',
		]);
		const done = events.find(({ kind, event }) => kind === 'release' && event === 'done');
		expect(done?.details).to.include({ release: COMMIT });
		expect(await history('&app=1&service=one&kind=service')).to.have.length.at.least(1);
	});

	it('v3-api #1: 5.3: shows who asked for a restart, and what became of it', async () => {
		const body = { serviceName: 'one' };
		expect((await scene.call('POST', '/v2/applications/1/restart-service', { body })).status).to.equal(200);
		const [asked] = (await history('&kind=request')).filter(({ event }) => event === 'asked');
		const { json } = await scene.call('GET', `/v3/requests/${String(asked?.details?.['request'])}`);
		expect(json).to.include({
			operation: 'restart_service',
			state: 'done',
			app_id: 1,
			service: 'one',
			asked_by: 'none',
		});
	});

	it('v3-api #1: 6.4: reads the logs of services', async () => {
		expect((await scene.call('GET', '/v3/logs?app=1&lines=5')).status).to.equal(200);
	});

	it('v3-api #1: 6.3: streams what happens', async () => {
		const response = await openStream(scene.device.url, 'GET', '/v3/events', {});
		let text = '';
		response.setEncoding('utf8').on('data', (part: string) => (text += part));
		await scene.device.waitFor('the state', () => text.includes('event: status'));
		await scene.call('POST', '/v2/applications/1/restart-service', { body: { serviceName: 'two' } });
		await scene.device.waitFor('the restart', () => text.includes('two has started'));
		expect(text).to.include('event: history');
		response.destroy();
	});

	it('v3-api #5: is kept through kill -9 and an orderly end, and says which it was', async () => {
		const { device } = scene;
		await new Promise((resolve) => setTimeout(resolve, 6000)); // a power cut would lose the last five seconds
		const before = await history();
		await device.kill('SIGKILL');
		await device.start();
		const [start, ...others] = await history('&kind=start');
		expect(start?.sentence).to.include('the last run was killed or crashed');
		expect(others).to.have.length.at.least(1);
		expect((await history()).map(({ id }) => id)).to.include.members(before.map(({ id }) => id));
		await device.kill('SIGTERM');
		await device.start();
		const [again] = await history('&kind=start');
		expect(again?.sentence).to.include('the last run ended in order');
	});
});
