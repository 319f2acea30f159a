import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Access } from '../../../src/device-api/access.ts';
import type { ExplainView } from '../../../src/device-api/v3/explained.ts';
import { Explanations } from '../../../src/device-api/v3/explanations.ts';
import type { V3Input } from '../../../src/device-api/v3/v3-input.ts';
import type { Reason } from '../../../src/domain/reason.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import type { TargetDocument } from '../../../src/domain/target.ts';
import { serveImages, target, type ServiceOptions } from '../../golden/cases.ts';
import { World } from '../../simulation/world.ts';

const GOLDEN = join(import.meta.dirname, '../../golden/explanations.txt');
const DEVICE = new Access([{ type: 'global' }]);
const APP = new Access([{ type: 'app', appId: 1 }]);
const OTHER = new Access([{ type: 'app', appId: 2 }]);
const AWAY: Reason = {
	kind: 'cloud-away',
	finding: { kind: 'cloud-away', call: 'target', problem: 'the cloud cannot be reached' },
	sentence: 'the target cannot be fetched: the cloud cannot be reached',
	since: 0,
	nextTry: 9,
};

type Services = Readonly<Record<string, ServiceOptions>>;

/** What a real loop says of a device with this target. */
async function look(
	documents: readonly TargetDocument[],
	meddle: (world: World) => void = () => undefined,
): Promise<{ readonly world: World; readonly input: V3Input }> {
	const world = new World(() => 0.5);
	const [first, ...others] = documents;
	if (first === undefined) throw new Error('a device has a target');
	serveImages(world, first);
	world.start();
	await world.targets.replace(first);
	await world.clock.advance(60_000);
	meddle(world);
	for (const document of others) {
		await world.targets.replace(document);
	}
	await world.clock.advance(20_000);
	return { world, input: await inputOf(world) };
}

async function inputOf(world: World): Promise<V3Input> {
	const requests = (await world.requests.list()).map((request) => ({ ...request, since: 0 }));
	return { status: world.status.latest(), cloud: [], requests, isClockUnset: false };
}

function make() {
	return new Explanations({
		now: () => 0,
		wall: () => new Date(0),
		redact: (text) => text.replaceAll('s3cret', '***'),
	});
}

const deviceOf = (input: V3Input, access = DEVICE) => JSON.parse(make().deviceText(input, access)) as ExplainView;
const serviceOf = (input: V3Input, service: string) =>
	JSON.parse(make().partText(input, DEVICE, { uuid: 'a0a1', service }) ?? '{}') as ExplainView;
const statusOf = (input: V3Input, access = DEVICE) =>
	JSON.parse(make().statusText(input, access)) as { status: string; sentence: string; apps: Record<string, object> };
const release = (services: Services, n = 1) => target(n, services);
/** As the intake stores it. */
const rejected = (document: TargetDocument): TargetDocument => {
	const contract = { requires: [{ type: 'sw.supervisor', version: '>=99' }] };
	return {
		...document,
		apps: document.apps.map((app) => {
			const services = Object.entries(app.release?.services ?? {}).map(([name, one]) => [name, { ...one, contract }]);
			return { ...app, rejected: true, release: { ...app.release!, services: Object.fromEntries(services) as object } };
		}) as TargetDocument['apps'],
	};
};
const afterwards = { composition: { depends_on: { db: { condition: 'service_completed_successfully' } } } };

/** Each situation, as the real planner sees it. */
const SITUATIONS: Readonly<Record<string, () => Promise<V3Input>>> = {
	'on target': async () => (await look([release({ web: {}, db: {} })])).input,
	'an image that the registry does not have': async () =>
		(await look([release({ web: {} }), release({ web: { version: 2 } }, 2)])).input,
	'a lock of a user': async () =>
		(
			await look(
				[release({ web: {} }), release({ web: { environment: { LOG_LEVEL: 's3cret', A: '1' } } }, 2)],
				(world) => {
					world.lockDisk.lockAsUser(1, 'web');
				},
			)
		).input,
	'a release that is refused': async () =>
		(await look([release({ web: {} }), release({ web: { composition: { ports: ['80:x'] } } }, 2)])).input,
	'a device that does not meet the contract': async () =>
		(await look([release({ web: {} }), rejected(release({ web: { version: 2 } }, 2))])).input,
	'a dependency that has not ended yet': async () => (await look([release({ db: {}, web: afterwards })])).input,
	'a service that the target stops': async () => (await look([release({ web: {}, db: { running: false } })])).input,
	'a service that a request has stopped': async () => {
		const { world } = await look([release({ web: {}, db: {} })]);
		const container = [...world.engine.containers.values()].find(({ name }) => name.startsWith('db_'));
		void world.submit({ kind: 'stopService', appId: 1, serviceName: 'db', containerId: container?.id ?? '' });
		await world.clock.advance(20_000);
		return inputOf(world);
	},
	'a cloud that is away': async () => ({ ...(await look([release({ web: {} })])).input, cloud: [AWAY] }),
};

function lines(view: ExplainView, depth = 0): readonly string[] {
	const { subject, state, sentence, because, ends_when, help, steps, differences, parts } = view;
	const pad = '  '.repeat(depth);
	return [
		`${pad}${subject}: ${state}: ${sentence}`,
		...(because === null
			? []
			: [`${pad}  because ${JSON.stringify({ ...because, since: undefined, next_try: undefined })}`]),
		...(ends_when === null ? [] : [`${pad}  ends when ${ends_when} (${help ?? ''})`]),
		...differences.map(({ field, is, should }) => `${pad}  ${field} is ${String(is)}, should be ${String(should)}`),
		...steps.map((step) => `${pad}  ${step.state}: ${step.kind} (${step.reason})`),
		...parts.flatMap((part) => lines(part, depth + 1)),
	].map((line) => line.replaceAll(/@sha256:[0-9a-f]{64}/g, ''));
}

describe('explanations', () => {
	it('v3-api #1: 3: say of each situation what it is, why, and what ends it', async () => {
		const found: string[] = [];
		for (const [name, situation] of Object.entries(SITUATIONS)) {
			const input = await situation();
			found.push(`# ${name}: ${statusOf(input).status}`, ...lines(deviceOf(input)), '');
		}
		const text = found.join('\n');
		if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
		expect(text).to.equal(existsSync(GOLDEN) ? readFileSync(GOLDEN, 'utf8') : 'run with UPDATE_GOLDEN=1');
	});

	it('v3-api #1: 1.4: never show the value of a variable that differs, nor keys', async () => {
		const input = await SITUATIONS['a lock of a user']!();
		const { differences } = serviceOf(input, 'web');
		expect(differences).to.deep.include({ field: 'environment.LOG_LEVEL', is: null, should: '•••' });
		expect(make().deviceText(input, DEVICE)).not.to.include('s3cret');
	});

	it('v3-api #1: 3.1: say since when a service is stopped, and that a request did it', async () => {
		const { state, because, since } = serviceOf(await SITUATIONS['a service that a request has stopped']!(), 'db');
		expect(state).to.equal('stopped');
		expect(because).to.deep.include({ kind: 'stopped', by: 'request', since });
		expect(since).to.match(/^\d{4}-/);
	});

	it('v3-api #1: 2: the word of a device is the worst of its apps, and that of one that shuts down another', async () => {
		const words = await Promise.all(
			Object.values(SITUATIONS).map(async (situation) => statusOf(await situation()).status),
		);
		expect(words).to.deep.equal([
			...['done', 'applying changes', 'aborted', 'rejected', 'rejected', 'applying changes'],
			...['done', 'done', 'done'],
		]);
		const { input } = await look([release({ web: {} })]);
		const current = input.status!.current!;
		const status = { ...input.status!, current: { ...current, host: { ...current.host, shuttingDown: true } } };
		expect(statusOf({ ...input, status }).status).to.equal('interrupted');
	});

	it('v3-api #1: 3.1: are unknown while the engine is not visible (decision D19)', async () => {
		const { input } = await look([release({ web: {} })]);
		const finding = { kind: 'unseen', path: '', message: 'the engine is away' } as const;
		const status: DeviceStatus = {
			...input.status!,
			unseen: { since: 5, message: 'the engine is away' },
			reasons: [{ kind: 'unseen', finding, sentence: 'the engine is away', since: 5 }],
		};
		for (const view of [deviceOf({ ...input, status }), serviceOf({ ...input, status }, 'web')]) {
			expect(view).to.include({ state: 'unknown', sentence: 'the engine is away', since: '1970-01-01T00:00:00.005Z' });
		}
		expect(statusOf({ ...input, status }).status).to.equal('unknown');
	});

	it('v3-api #1: 1.1: show to the key of an app nothing of other apps', async () => {
		const { input } = await look([release({ web: {} })]);
		const finding = { kind: 'backoff', until: 9, failures: 1, error: 'of app' } as const;
		const ofDevice: Reason = { kind: 'backoff', finding, sentence: 'an old image cannot be removed: of app', since: 0 };
		const all = { ...input, status: { ...input.status!, reasons: [ofDevice] }, cloud: [AWAY] };
		expect(deviceOf(all).sentence).to.equal(ofDevice.sentence);
		expect(deviceOf(all, APP)).to.include({ sentence: AWAY.sentence, state: 'waiting' });
		expect(deviceOf(all, APP).parts.map(({ subject }) => subject)).to.deep.equal(['app app', 'the cloud']);
		const other = deviceOf(all, OTHER);
		expect(other.parts.map(({ subject }) => subject)).to.deep.equal(['the cloud']);
		expect(JSON.stringify([other, statusOf(all, OTHER)])).not.to.match(/a0a1|web|of app/);
	});

	it('v3-api #1: 1.2: mark times of a clock that no time server has set', async () => {
		const { input } = await look([release({ web: {} })]);
		const cloud = [AWAY];
		expect(deviceOf({ ...input, cloud })).not.to.have.property('clock');
		expect(deviceOf({ ...input, cloud, isClockUnset: true })).to.include({ clock: 'unsynchronised' });
	});

	it('are written once for each status and key', async () => {
		const { input } = await look([release({ web: {} })]);
		const explanations = make();
		const apps = explanations.apps(input);
		expect(explanations.apps({ ...input })).to.equal(apps);
		expect(explanations.apps({ ...input, cloud: [AWAY] })).not.to.equal(apps);
	});

	it('of 50 services take a few milliseconds', async () => {
		const services = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`s${n}`, { environment: { A: '1' } }]));
		const { input } = await look([release(services), release({ ...services, s1: { version: 2 } }, 2)]);
		const times: number[] = [];
		for (let turn = 0; turn < 20; turn += 1) {
			const begin = process.cpuUsage(); // of this process: others may keep the processor busy
			make().deviceText({ ...input, cloud: [] }, DEVICE);
			const { user, system } = process.cpuUsage(begin);
			times.push((user + system) / 1000);
		}
		expect(Math.min(...times)).to.be.below(15);
	});
});
