import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { followEvents } from '../../../../src/adapters/docker/follow-events.ts';
import { DockerContainerLogs, DockerEngine, DockerInventory } from '../../../../src/adapters/docker/index.ts';
import { SystemClock } from '../../../../src/adapters/system/index.ts';
import type { CurrentState } from '../../../../src/domain/current.ts';
import { EngineError, type EngineEvent } from '../../../../src/ports/engine.ts';
import { engineWith, lookAt, type Look } from '../../../support/look-at-engine.ts';
import { cutAt, pruneOnce, type Cut } from '../../../support/prune.ts';
import { Random } from '../../../support/random.ts';
import {
	readRecordedEngine,
	recordedEvents,
	recordedTarget,
	type RecordedEngine,
} from '../../../support/recorded-engine.ts';

/** More of them with `npm run test:model`. */
const CASES = Number(process.env['PRUNED_CASES'] ?? 400);
const CASES_OVER_HTTP = 60;
const CUTS_MAX = 6;
const APP_ID = 1;
const target = recordedTarget();
const imageIds = readImageIds(readRecordedEngine());

function readImageIds({ inspections }: RecordedEngine): ReadonlyMap<string, string> {
	const complete = Object.values(inspections) as unknown as readonly {
		readonly Name: string;
		readonly Image: string;
	}[];
	return new Map(complete.map(({ Name, Image }) => [Name.slice(1).replace(/_.*/, ''), Image]));
}

const look = (answers: RecordedEngine): Promise<Look> => lookAt(engineWith(answers), target, imageIds);

/** Containers that the engine has and the planner does not see. */
function unseen({ apps }: CurrentState, { inspections }: RecordedEngine): readonly string[] {
	const seen = new Set(apps.flatMap(({ containers }) => containers.map(({ containerId }) => containerId)));
	return Object.keys(inspections).filter((id) => !seen.has(id));
}

function judge({ current, kept, dropped }: Look, answers: RecordedEngine): void {
	const steps = [...kept, ...dropped];
	for (const id of unseen(current, answers)) {
		const touching = steps.filter(({ step }) => 'containerId' in step && step.containerId === id);
		expect(touching, 'steps of a container that could not be read').to.deep.equal([]);
		if (isListedAsOurs(answers, id)) {
			const ofApp = steps.filter(({ step }) => 'appId' in step && step.appId === APP_ID);
			expect(ofApp, 'steps of the app of such a container').to.deep.equal([]);
			expect(current.unreadable, 'what is said').to.not.deep.equal([]);
		}
	}
}

function isListedAsOurs({ containers }: RecordedEngine, id: string): boolean {
	const row = containers.find((one: Readonly<Record<string, unknown>> | null) => one?.['Id'] === id);
	const labels = (row?.['Labels'] ?? {}) as Readonly<Record<string, unknown>>;
	return labels['io.balena.app-id'] === String(APP_ID) && typeof labels['io.balena.supervised'] === 'string';
}

/** Cuts a few members, or now and then a whole list. Returns what it did. */
function prune(answers: RecordedEngine, random: Random): string {
	const { inspections, imageInspections, containers, networks, volumes, images } = answers;
	const roots = [inspections, imageInspections, containers, networks, images].flatMap((list) => Object.values(list));
	const done: string[] = [];
	for (let n = 1 + random.below(CUTS_MAX); n > 0; n -= 1) {
		done.push(pruneOnce(random.pick([...roots, volumes]), random));
	}
	if (random.chance(0.05)) {
		const lists = { containers, networks, volumes, images };
		done.push(pruneOnce(lists, random, 1));
		Object.assign(answers, lists);
	}
	return done.join(', ');
}

describe('an engine that leaves members of its answers out', () => {
	it('shows a device on its target if it leaves nothing out', async () => {
		const answers = readRecordedEngine();
		const { current, kept, dropped } = await look(answers);
		expect(unseen(current, answers)).to.deep.equal([]);
		expect(current.unreadable).to.deep.equal([]);
		expect(kept.map(({ id, differences }) => ({ id, differences }))).to.deep.equal([]);
		expect(dropped.map(({ step }) => step.kind)).to.include('removeContainer');
	});

	it('ends nothing, and no container that cannot be read is touched, whatever is missing', async function () {
		this.timeout(120_000); // beside other work on few processors
		let unreadable = 0;
		for (let seed = 1; seed <= CASES; seed += 1) {
			const answers = readRecordedEngine();
			const done = prune(answers, new Random(seed));
			try {
				const seen = await look(answers);
				judge(seen, answers);
				unreadable += Number(seen.current.unreadable.length > 0);
			} catch (error) {
				if (!(error instanceof EngineError)) throw new Error(`seed ${seed}: ${done}`, { cause: error });
			}
		}
		expect(unreadable).to.be.within(CASES / 20, CASES - CASES / 4); // both kinds occur
	});

	const ofContainer = (path: string, cut: Cut, name = 'db'): RecordedEngine => {
		const answers = readRecordedEngine();
		const found = Object.values(answers.inspections).find(({ Name }) => String(Name).startsWith(`/${name}_`));
		cutAt(found ?? {}, path, cut);
		return answers;
	};

	for (const path of ['State', 'Config', 'HostConfig', 'Created', 'Config.Image', 'Mounts.0.Destination']) {
		for (const cut of ['removed', 'null', 'empty'] as const) {
			it(`leaves the app as it is if ${path} of a container is ${cut}, and says so`, async () => {
				const { current, kept, dropped } = await look(ofContainer(path, cut));
				expect([...kept, ...dropped].map(({ id }) => id)).to.deep.equal([]);
				const [said] = current.unreadable;
				expect(said?.appId).to.equal(APP_ID);
				expect(said?.issue.path).to.match(/^container \/db_/);
				expect(said?.issue.message).to.contain(path.replace('.0.', '[0].'));
			});
		}
	}

	for (const path of ['Mounts', 'NetworkSettings', 'NetworkSettings.Networks']) {
		it(`leaves the app as it is if ${path} of a container is missing: nothing else shows that`, async () => {
			const { current, kept, dropped } = await look(ofContainer(path, 'null'));
			expect([...kept, ...dropped].map(({ id }) => id)).to.deep.equal([]);
			expect(current.unreadable[0]?.issue.message).to.contain(path);
		});
	}

	it('does not take a job for complete if its exit code is missing', async () => {
		const { current, kept } = await look(ofContainer('State.ExitCode', 'removed', 'job'));
		expect(kept.map(({ id }) => id)).to.deep.equal([]);
		expect(current.unreadable[0]?.issue.message).to.contain('State.ExitCode');
	});

	for (const path of ['Id', 'Name', 'Image', 'RestartCount', 'State.Running', 'State.Health', 'Config.Labels']) {
		it(`changes nothing if ${path} of a container is missing: another place shows it, or it says nothing`, async () => {
			for (const cut of ['removed', 'null'] as const) {
				const { current, kept } = await look(ofContainer(path, cut, 'web'));
				expect(current.unreadable).to.deep.equal([]);
				expect(kept.map(({ id }) => id)).to.deep.equal([]);
			}
		});
	}

	it('tells containers apart that are listed without an id', async () => {
		const answers = readRecordedEngine();
		for (const row of answers.containers) Reflect.deleteProperty(row, 'Id');
		const { current, kept, dropped } = await look(answers);
		expect([...kept, ...dropped]).to.deep.equal([]);
		const names = current.unreadable.map(({ issue }) => issue.path.replace(/_.*/, ''));
		expect(names.sort()).to.deep.equal(['container /db', 'container /job', 'container /web']);
	});

	it('shows which containers are ours in their inspections if the list has no labels', async () => {
		const answers = readRecordedEngine();
		for (const row of answers.containers) row['Labels'] = null;
		const { current, kept } = await look(answers);
		expect(unseen(current, answers)).to.deep.equal([]);
		expect(kept).to.deep.equal([]);
	});

	it('keeps supervisor0 if a network is shown without IPAM, as Podman does', async () => {
		const answers = readRecordedEngine();
		for (const network of answers.networks) Reflect.deleteProperty(network, 'IPAM');
		const { current, kept } = await look(answers);
		expect(current.supervisorNetworkReady).to.equal(true);
		expect(kept.map(({ id }) => id)).to.deep.equal([]);
		// Its release chooses the addresses of one network, and the other ones do not count.
		expect(current.unreadable.map(({ issue }) => issue.path)).to.deep.equal([
			`network ${target.apps[0]?.appUuid ?? ''}_back`,
		]);
	});

	it('sends events that tell what they can, and none of them ends the supervisor', async () => {
		const events = await eventsOf((event, random) => pruneOnce(event, random));
		expect(events.length).to.be.greaterThan(100);
		for (const event of events) {
			if (event.type !== 'connected') {
				expect([typeof event.action, typeof event.id]).to.deep.equal(['string', 'string']);
			}
		}
	});
});

/** Every recorded event ten times, each changed in another way, and lines that are no event. */
async function eventsOf(change: (event: object, random: Random) => void): Promise<readonly EngineEvent[]> {
	const random = new Random(1);
	const lines = ['null', '[]', '7', '"text"'];
	for (let round = 0; round < 10; round += 1) {
		for (const event of recordedEvents()) {
			change(event, random);
			lines.push(JSON.stringify(event));
		}
	}
	const abort = new AbortController();
	const clock = Object.assign(new SystemClock(), {
		sleep: () => {
			abort.abort();
			return Promise.resolve();
		},
	});
	const connect = () => Promise.resolve(Readable.from(lines.map((line) => Buffer.from(`${line}\n`))));
	const seen: EngineEvent[] = [];
	for await (const event of followEvents({ connect, onLost: () => undefined, clock, signal: abort.signal })) {
		seen.push(event);
	}
	return seen;
}

describe('an engine that leaves members of its answers out, over its socket', () => {
	const folder = mkdtempSync(join(tmpdir(), 'engine-'));
	const host = `unix://${join(folder, 'docker.sock')}`;
	let answers = readRecordedEngine();
	let server: Server;

	before(async () => {
		server = createServer(answerWith(() => answers));
		await new Promise<void>((resolve) => server.listen(join(folder, 'docker.sock'), resolve));
	});
	after(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		rmSync(folder, { recursive: true });
	});

	it('gets an answer or an engine error from every reading call', async () => {
		const engine = new DockerEngine({ host, clock: new SystemClock(), readTimeoutMs: 2000 });
		const inventory = new DockerInventory({ host, readTimeoutMs: 2000 });
		const logs = new DockerContainerLogs({ host, readTimeoutMs: 2000 });
		for (let seed = 1; seed <= CASES_OVER_HTTP; seed += 1) {
			answers = readRecordedEngine();
			const done = prune(answers, new Random(seed));
			const [id = ''] = Object.keys(answers.inspections);
			const calls = [lookAt(engine, target, imageIds), inventory.list(), inventory.partsOf(id), logs.inspect(id)];
			for (const { reason } of (await Promise.allSettled(calls)) as readonly { readonly reason?: unknown }[]) {
				if (reason !== undefined && !(reason instanceof EngineError)) {
					throw new Error(`seed ${seed}: ${done}`, { cause: reason });
				}
			}
		}
	});

	it('takes no snapshot of an engine from which it would remove what an answer lacks', async () => {
		const inventory = new DockerInventory({ host, readTimeoutMs: 2000 });
		answers = readRecordedEngine();
		const complete = await inventory.list();
		expect(complete.containers).to.have.lengthOf(3);
		expect(complete.volumes).to.have.lengthOf(3);
		for (const path of ['containers.0.Id', 'images.0.Id', 'networks.0.Name', 'volumes.Volumes.0.Name', 'containers']) {
			answers = readRecordedEngine();
			cutAt(answers, path, 'null');
			const error = await inventory.list().catch((reason: unknown) => reason);
			expect(error, path).to.be.instanceOf(EngineError);
		}
	});
});

function answerWith(current: () => RecordedEngine): RequestListener {
	return ({ url = '' }, response) => {
		const { containers, networks, volumes, images, inspections, imageInspections } = current();
		const path = decodeURIComponent(url.split('?', 1)[0] ?? '');
		const [, kind, id = ''] = /^\/(containers|images)\/(.+)\/json$/.exec(path) ?? [];
		const lists: Readonly<Record<string, unknown>> = {
			'/containers/json': containers,
			'/images/json': images,
			'/networks': networks,
			'/volumes': volumes,
			'/_ping': 'OK',
		};
		const answer = kind === undefined ? lists[path] : (kind === 'images' ? imageInspections : inspections)[id];
		response.setHeader('content-type', 'application/json');
		response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { message: 'not found' }));
	};
}
