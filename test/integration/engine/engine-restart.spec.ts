import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DockerEngine } from '../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../src/adapters/system/index.ts';
import { explainPlan } from '../../../src/device-state/index.ts';
import { restartEngine, UnsupportedError } from '../../../tools/device/index.ts';
import { startEngineProxy } from '../../support/device-process-proxy.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { RoundTripApp } from './round-trip-app.ts';

const PASSES = 100;
const EVENTS = /^GET (\/v[\d.]+)?\/events/;

describe('an app with every field, on a real engine', function () {
	this.timeout(60_000);
	let real: RealEngine;
	let app: RoundTripApp;

	const engineAt = (host: string) => new DockerEngine({ host, clock: new SystemClock(), readTimeoutMs: 30_000 });

	before(async () => {
		real = await requireEngine();
		const engine = engineAt(real.host);
		const reference = await real.pushImage('engine-restart');
		await engine.pullImage({ reference, signal: new AbortController().signal, progress: () => undefined });
		app = await RoundTripApp.create(engine, reference);
	});
	after(async () => {
		try {
			await app.dispose((...args) => real.docker(...args));
		} finally {
			await real.dispose();
		}
	});

	/** By a client that has not seen anything yet, as after a restart of ours. */
	async function expectSettled(message: string): Promise<void> {
		const { services, passes } = await app.look(engineAt(real.host), PASSES);
		expect(services, message).to.have.lengthOf(app.services.length);
		expect(
			services.filter(({ differences }) => differences.length > 0),
			message,
		).to.deep.equal([]);
		expect(new Set(passes.map(explainPlan)), message).to.deep.equal(new Set(['settled']));
	}

	it('compose #63: has all its containers as they shall be, and no pass plans anything', async () => {
		console.log(`      ${app.services.length} services, ${app.started.length} of them running`);
		expect(app.services.length).to.be.at.least(90);
		await expectSettled('created');
	});

	it('compose #63: has them still so after the engine was restarted', async function () {
		const before = await readIds();
		try {
			await restartEngine(real.socketPath);
		} catch (error) {
			if (error instanceof UnsupportedError) {
				this.skip(); // not a private engine
			}
			throw error;
		}
		await real.eventually(async () => (await countRunning()) === app.started.length);
		expect(await readIds()).to.deep.equal(before);
		await expectSettled('after the restart');
	});

	it(`asks the engine for nothing in ${PASSES} passes with nothing to do, while it follows its events`, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
		const socketPath = join(folder, 'engine.sock');
		const proxy = await startEngineProxy(socketPath, real.socketPath);
		const engine = engineAt(`unix://${socketPath}`);
		const following = new AbortController();
		const connected = new Promise((resolve) => engine.onEvent(resolve));
		const running = engine.run(following.signal); // answers are kept only meanwhile
		try {
			expect(await connected).to.include({ type: 'connected' });
			await app.look(engine, 1);
			const calls = [...proxy.requests];
			expect(calls.filter((call) => EVENTS.test(call))).to.have.lengthOf(1);
			expect(calls.filter((call) => !call.startsWith('GET '))).to.deep.equal([]);
			for (let pass = 0; pass < PASSES; pass += 1) {
				const { passes } = await app.look(engine, 1);
				expect(passes.map(explainPlan)).to.deep.equal(['settled']);
			}
			expect(proxy.requests.slice(calls.length)).to.deep.equal([]);
			following.abort();
			await running;
		} finally {
			following.abort();
			await proxy.stop();
			rmSync(folder, { recursive: true });
		}
	});

	async function readIds(): Promise<readonly string[]> {
		const output = await real.docker('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}');
		return output.split('\n').sort();
	}

	async function countRunning(): Promise<number> {
		return (await real.docker('ps', '--quiet', '--filter', 'label=io.balena.app-id=1'))
			.split('\n')
			.filter((id) => id !== '').length;
	}
});
