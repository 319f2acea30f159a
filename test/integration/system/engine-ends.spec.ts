import { connect } from 'node:net';
import { expect } from 'chai';
import {
	chooseEngineStart,
	endEngine,
	findContainerd,
	findEngine,
	hasPrivateEngine,
	isAlive,
	readProcess,
	restartEngine,
	USUAL_START,
	waitForEngine,
	type EngineEnd,
	type EngineStart,
	type ProcessIdentity,
} from '../../../tools/device/index.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { callEngine } from './engine-calls.ts';

const NAME = 'engine-ends';

/** Facts about the engine on which the tests of stopping engines rely. */
describe('an engine that ends, and that its host starts again', function () {
	this.timeout(60_000);
	let engine: RealEngine;

	before(async function () {
		engine = await requireEngine();
		if (!hasPrivateEngine(engine.socketPath)) this.skip(); // not a private engine
		const options = ['--detach', '--name', NAME, '--restart', 'always', '--stop-signal', 'SIGKILL'];
		await engine.docker('run', ...options, '--network', 'none', engine.base, 'sleep', '86400');
	});
	after(async () => {
		if (!hasPrivateEngine(engine.socketPath)) return;
		await engine.docker('rm', '--force', NAME);
		chooseEngineStart(engine.socketPath, USUAL_START);
		await restartEngine(engine.socketPath);
		await engine.dispose();
	});

	it('ends its child containerd when it is killed, while containers keep running until it is back', async () => {
		await startAs({ containerd: 'child' });
		const before = await look();
		await endEngine(engine.socketPath, { signal: 'SIGKILL', withContainerd: false });
		await engine.eventually(() => !isAlive(before.containerd));
		expect(isAlive(before.service)).to.equal(true);
		await waitForEngine(engine.socketPath);
		expect(isAlive(before.service)).to.equal(false);
		await engine.eventually(async () => (await look()).service.pid !== 0);
	});

	it('leaves a containerd alone that is not its child', async () => {
		await startAs({ containerd: 'separate' });
		const before = await look();
		await endEngine(engine.socketPath, { signal: 'SIGKILL', withContainerd: false });
		await waitForEngine(engine.socketPath);
		expect(isAlive(before.containerd)).to.equal(true);
		expect(isAlive(before.service)).to.equal(false);
	});

	it('comes back after both were killed', () => expectBack({ signal: 'SIGKILL', withContainerd: true }));

	it('has stopped all containers when both were asked to end at the same moment', async () => {
		const before = await look();
		await expectBack({ signal: 'SIGTERM', withContainerd: true });
		expect(isAlive(before.service)).to.equal(false);
	});

	it('refuses connections while it is away', async () => {
		await startAs({ activation: 'plain', pauseSeconds: 2 });
		await endEngine(engine.socketPath, { signal: 'SIGKILL', withContainerd: false });
		expect(await tryToConnect()).to.equal('ECONNREFUSED');
		await waitForEngine(engine.socketPath);
		await endEngine(engine.socketPath, { signal: 'SIGTERM', withContainerd: false });
		expect(await tryToConnect()).to.equal('ENOENT');
		await waitForEngine(engine.socketPath);
	});

	it('keeps clients waiting while it is down if its init system holds the socket, and answers when it is back', async () => {
		await startAs({ activation: 'socket', pauseSeconds: 2 });
		for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
			await endEngine(engine.socketPath, { signal, withContainerd: false });
			expect(await tryToConnect()).to.equal('connected');
			const answer = await callEngine(engine.socketPath, 'GET', '/version');
			expect(answer.status, `to the one request after ${signal}`).to.equal(200);
		}
	});

	async function startAs(start: Partial<EngineStart>): Promise<void> {
		chooseEngineStart(engine.socketPath, { ...USUAL_START, ...start });
		await restartEngine(engine.socketPath);
		await engine.eventually(async () => (await look()).service.pid !== 0);
	}

	async function expectBack(end: EngineEnd): Promise<void> {
		await endEngine(engine.socketPath, end);
		await waitForEngine(engine.socketPath);
		await engine.eventually(async () => (await look()).service.pid !== 0);
	}

	async function look(): Promise<{ readonly containerd: ProcessIdentity; readonly service: ProcessIdentity }> {
		const none = { pid: 0, startTime: '' };
		const pid = Number(await engine.docker('inspect', '--format', '{{.State.Pid}}', NAME));
		const containerd = findContainerd(engine.socketPath, findEngine(engine.socketPath));
		return { containerd: containerd ?? none, service: readProcess(pid) ?? none };
	}

	function tryToConnect(): Promise<string | undefined> {
		return new Promise((resolve) => {
			const socket = connect(engine.socketPath);
			socket.on('connect', () => resolve('connected')).on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
			socket.on('connect', () => socket.destroy());
		});
	}
});
