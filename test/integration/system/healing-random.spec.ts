import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { startEngineProxy, type EngineProxy } from '../../support/device-process-proxy.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { Random } from '../../support/random.ts';
import { lookAtApp, type AppView } from './app-oracle.ts';
import { chooseAction } from './outside-actions.ts';
import { setScene, type Scene } from './scene.ts';

const ACTIONS = 100;
const MEDIAN_MS_MAX = 1000;
const SILENCE_MS = 15_000;
const EVENTS = /^GET (\/v[\d.]+)?\/events/;
const SERVICES = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9'];
const RELEASE = {
	compositions: {
		s0: { networks: ['inner'] },
		s1: { networks: ['inner', 'outer'], depends_on: ['s0'] },
		s2: { networks: ['outer'], volumes: ['kept:/kept'] },
		s3: { network_mode: 'none' },
		s4: { network_mode: 'none', restart: 'unless-stopped' },
	},
	networks: { inner: {}, outer: {} },
	volumes: { kept: {}, spare: {} },
};

describe('a device that is changed outside the supervisor', function () {
	this.timeout(240_000);
	let scene: Scene;
	const cleanUp = new CleanUp();
	let proxy: EngineProxy;
	let wanted: readonly string[];

	before(async () => {
		scene = await setScene();
		cleanUp.add(() => scene.dispose());
		const { device, engine, images } = scene;
		const socketPath = join(device.folder, 'engine.sock');
		proxy = await startEngineProxy(socketPath, engine.socketPath);
		cleanUp.add(() => proxy.stop());
		cleanUp.add(() => device.kill('SIGKILL'));
		await device.start({ DOCKER_HOST: `unix://${socketPath}` });
		await scene.apply(
			Object.fromEntries(SERVICES.map((name, at) => [name, images[at % images.length] ?? ''])),
			RELEASE,
		);
		wanted = (await look()).facts;
		expect(wanted.filter((fact) => fact.includes(' running '))).to.have.lengthOf(SERVICES.length);
	});
	after(() => cleanUp.run());

	async function look(): Promise<AppView> {
		for (;;) {
			const view = await lookAtApp(scene.engine);
			if (view !== undefined) return view;
		}
	}

	it(`puts everything right after each of ${ACTIONS} things that were done to it`, async () => {
		const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
		console.log(`      SEED=${seed}`);
		const random = new Random(seed);
		const healed: { readonly ms: number; readonly name: string }[] = [];
		for (let turn = 1; turn <= ACTIONS; turn += 1) {
			const action = chooseAction(scene.engine, await look(), random);
			const startedAt = performance.now();
			await action.run();
			await waitUntilHealed(`${turn}: ${action.name}`);
			healed.push({ ms: Math.round(performance.now() - startedAt), name: action.name });
		}
		const ordered = healed.toSorted((a, b) => a.ms - b.ms);
		const at = (share: number) => ordered[Math.min(ACTIONS - 1, Math.floor(ACTIONS * share))] ?? { ms: NaN, name: '' };
		const slowest = at(1);
		console.log(
			`      healed in ${at(0.5).ms} ms (median), ${at(0.95).ms} ms (p95), ${slowest.ms} ms (${slowest.name})`,
		);
		expect(at(0.5).ms).to.be.lessThan(MEDIAN_MS_MAX);
	});

	it(`sends no request to the engine for ${SILENCE_MS / 1000} s without events`, async () => {
		const { device } = scene;
		await device.waitFor('it is settled', async () => (await device.status())?.appState === 'applied');
		await sleep(1000); // the last events of what was healed
		const before = proxy.requests.length;
		await sleep(SILENCE_MS);
		expect(proxy.requests.slice(before)).to.deep.equal([]);
		expect(proxy.requests.filter((request) => EVENTS.test(request))).to.have.lengthOf(1);
		expect((await look()).facts).to.deep.equal(wanted);
	});

	async function waitUntilHealed(after: string): Promise<void> {
		let facts: readonly string[] = [];
		try {
			await scene.device.waitFor(`all is well after ${after}`, async () => {
				({ facts } = await look());
				return facts.join('\n') === wanted.join('\n');
			});
		} catch (error) {
			expect(facts, String(error)).to.deep.equal(wanted);
			throw error;
		}
	}
});
