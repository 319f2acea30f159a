import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startEngineProxy } from '../../support/device-process-proxy.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { recordEngineEvents, type EngineEventRecorder } from './engine-events.ts';
import { MADE_AGAIN } from './v19-cases.ts';
import { createV19Device, type V19Device } from './v19-device.ts';
import type { TakenPart } from './v19-engine.ts';

/** Seen are 105, 95, 22 and 9; engines and machines differ a little in what they take. */
const SERVICES_MIN = 100;
const RUNNING_MIN = 88;
const NETWORKS_MIN = 20;
const VOLUMES_MIN = 9;
const CALM_MS = 1000;
/** A hundred containers are started. */
const SET_UP_MS = 120_000;

describe('a device that version 19 has been running', function () {
	this.timeout(60_000);
	let engine: RealEngine;
	let v19: V19Device;
	let events: EngineEventRecorder;
	const cleanUp = new CleanUp();
	/** Of every container, before ours was ever started. */
	let left: ReadonlyMap<string, string>;

	before(async function () {
		this.timeout(SET_UP_MS);
		engine = await requireEngine();
		cleanUp.add(() => engine.dispose());
		v19 = await createV19Device(engine);
		cleanUp.add(() => v19.dispose());
		printVectors();
		left = await readTraces();
		events = await recordEngineEvents(engine.socketPath);
		cleanUp.add(() => events.stop());
	});
	after(async function () {
		this.timeout(SET_UP_MS);
		await cleanUp.run();
	});

	/** Prints what was left out, too. */
	function printVectors(): void {
		const { services, networks, volumes, leftOut } = v19;
		const stopped = services.filter(({ notStarted }) => notStarted !== undefined);
		console.log(
			`      ${services.length} services (${stopped.length} of them not started), ` +
				`${networks.length} networks, ${volumes.length} volumes; left out: ${leftOut.length}`,
		);
		for (const { service, notStarted } of stopped) {
			console.log(`        not started: ${service.vector}: ${notStarted ?? ''}`);
		}
		for (const { vector, reason } of leftOut) {
			console.log(`        left out: ${vector}: ${reason}`);
		}
	}

	/** By id: name, state, when it started and ended. */
	async function readTraces(): Promise<ReadonlyMap<string, string>> {
		const ids = (await engine.docker('ps', '--all', '--quiet', '--no-trunc')).split('\n').filter((id) => id !== '');
		const format = '{{.Id}} {{.Name}} {{.State.Status}} {{.RestartCount}} {{.State.StartedAt}} {{.State.FinishedAt}}';
		const lines = (await engine.docker('inspect', '--format', format, ...ids)).trim().split('\n');
		return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line]));
	}

	/** Nothing left to do, and still so a while later. */
	async function waitForCalm(): Promise<void> {
		const isSettled = async () => (await v19.status())?.appState === 'applied';
		await v19.device.waitFor('it is settled', isSettled);
		await sleep(CALM_MS);
		await v19.device.waitFor('it is still settled', isSettled);
	}

	async function expectUntouched(): Promise<void> {
		const lines = v19.device.logSinceStart().split('\n');
		expect(lines.filter((line) => /step (started|done|failed|waits)|skipped/.test(line))).to.deep.equal([]);
		expect(events.take()).to.deep.equal([]);
		expect([...(await readTraces()).values()]).to.have.members([...left.values()]);
	}

	it('runs nearly all that version 19 was ever seen to make', () => {
		const running = v19.services.filter(({ notStarted }) => notStarted === undefined);
		expect(v19.services.length).to.be.at.least(SERVICES_MIN);
		expect(running.length).to.be.at.least(RUNNING_MIN);
		expect(v19.networks.length).to.be.at.least(NETWORKS_MIN);
		expect(v19.volumes.length).to.be.at.least(VOLUMES_MIN);
		const states = running.map(({ service, containerId }) => stateOf(left, containerId, service.ended === true));
		expect(states.filter((state) => state !== 'as expected')).to.deep.equal([]);
	});

	it('compose #63: keeps all of it as it is while the cloud is away, after the supervisor was replaced', async () => {
		await v19.setCloudAway(true);
		await v19.device.start({ LOG_LEVEL: 'debug' });
		await waitForCalm();
		await expectUntouched();
	});

	it('compose #63: keeps all of it as it is when the cloud is back with the same target', async () => {
		await v19.setCloudAway(false);
		await v19.device.waitForLog('target stored');
		await waitForCalm();
		await expectUntouched();
	});

	it('compose #63: keeps all of it as it is whenever everything is read again', async () => {
		const { device } = v19;
		await device.kill('SIGKILL');
		const socketPath = join(device.folder, 'engine.sock');
		const proxy = await startEngineProxy(socketPath, engine.socketPath);
		await device.start({ DOCKER_HOST: `unix://${socketPath}`, LOG_LEVEL: 'debug' });
		await waitForCalm();
		await proxy.stop(); // the event stream breaks: after that the device knows nothing for certain
		const again = await startEngineProxy(socketPath, engine.socketPath);
		try {
			await device.waitFor('it has looked again', () => again.requests.some((call) => call.includes('/images/json')));
			await waitForCalm();
			await expectUntouched();
			const calls = [...proxy.requests, ...again.requests];
			expect(calls.filter((call) => !call.startsWith('GET '))).to.deep.equal([]);
		} finally {
			await device.kill('SIGTERM');
			await again.stop();
		}
	});

	it('recreates, once, only the containers that version 19 made wrong', async () => {
		const wrong = await v19.add('corrected');
		const before = await readTraces();
		events.take();
		await v19.device.start();
		await v19.device.waitForLog('target stored');
		await waitForCalm();
		expect(changes(events.take())).to.deep.equal(wrong.flatMap(madeAgain).sort());
		left = await readTraces();
		const isWrong = new Set(wrong.map(({ containerId }) => containerId));
		const kept = [...before].filter(([id]) => !isWrong.has(id)).map(([, trace]) => trace);
		expect([...left.values()]).to.include.members(kept);
		expect(left.size).to.equal(before.size);
		const reasons = wrong.map(({ service }) => MADE_AGAIN[service.vector] ?? 'C11');
		expect(reasons).to.include.members(['C5', 'C11', 'C19']);

		await v19.device.kill('SIGTERM');
		await v19.device.start({ LOG_LEVEL: 'debug' });
		await waitForCalm();
		await expectUntouched();
	});

	it('compose #63: keeps services that version 19 runs and we would not: inactive profiles, no replicas', async () => {
		await v19.device.kill('SIGTERM');
		await v19.add('inactive');
		left = await readTraces();
		events.take();
		await v19.device.start({ LOG_LEVEL: 'debug' });
		await v19.device.waitForLog('target stored');
		await waitForCalm();
		await expectUntouched();
	});
});

function stateOf(traces: ReadonlyMap<string, string>, containerId: string, hasEnded: boolean): string {
	const trace = traces.get(containerId) ?? '';
	return trace.includes(hasEnded ? ' exited 0 ' : ' running 0 ') ? 'as expected' : trace;
}

/** Joining networks and mounting volumes come with it; of a mounted volume the engine says each time that it was created. */
function changes(events: readonly string[]): readonly string[] {
	const isChange = /^(container (create|destroy|rename)|network (create|destroy|remove)|volume destroy|image \w+) /;
	return events.filter((event) => isChange.test(event)).sort();
}

/** Beside the old one, whose name it gets at last (decision D22). */
function madeAgain({ service: { containerName } }: TakenPart): readonly string[] {
	return [
		`container create new_${containerName}`,
		`container destroy ${containerName}`,
		`container rename ${containerName}`,
	];
}
