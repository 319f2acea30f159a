import { expect } from 'chai';
import Sinon from 'sinon';
import type { RequestBody } from '../../../../src/domain/request.ts';
import { RequestTracker } from '../../../../src/device-state/requests/index.ts';
import { MemoryRequestStore } from '../../../support/memory-stores.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('requests about the host', () => {
	const password = 'hunter2';
	const body = { kind: 'changeHostConfig', change: { proxy: { fields: { password } } } } as const;

	it('are planned with their password, which is not stored, and are not carried out by a later life', async () => {
		const store = new MemoryRequestStore();
		const make = () =>
			new RequestTracker({ store, newId: () => 'one', clock: new VirtualClock(), changed: () => undefined });
		const tracker = make();
		await tracker.start();
		void tracker.submit(body, { force: false });
		await new Promise(setImmediate);
		expect(tracker.open().map((request) => request.body)).to.deep.equal([body]);
		expect(JSON.stringify(await store.list()))
			.to.contain('changeHostConfig')
			.and.not.contain(password);
		const later = make();
		await later.start();
		expect(later.open()).to.deep.equal([]);
		expect((await store.find('one'))?.outcome).to.include({ kind: 'failed', code: 'cut-off' });
	});
});

describe('a request, for those who ask later', () => {
	it('v3-api 5.3: is found with the key that asked, open and ended, and is noted when it comes and ends', async () => {
		const store = new MemoryRequestStore();
		const notes: string[] = [];
		const tracker: RequestTracker = new RequestTracker({
			...{ store, newId: () => `r${tracker.open().length}`, clock: new VirtualClock(), changed: () => undefined },
			noted: ({ id, asker, outcome }) => notes.push(`${id} ${asker} ${outcome?.kind ?? 'open'}`),
		});
		await tracker.start();
		void tracker.submit(
			{ kind: 'stopService', appId: 1, serviceName: 'web', containerId: 'c' },
			{ force: false, asker: 'app:1' },
		);
		void tracker.submit({ kind: 'reboot' }, { force: true, asker: 'device' });
		await new Promise(setImmediate);
		expect(await tracker.find('r0')).to.deep.include({ id: 'r0', asker: 'app:1', force: false });
		const [stop, reboot] = tracker.open();
		await tracker.close(stop === undefined ? [] : [{ request: stop, outcome: { kind: 'holding' } }]);
		await tracker.close(reboot === undefined ? [] : [{ request: reboot, outcome: { kind: 'superseded' } }]);
		expect(await tracker.find('r0')).to.deep.include({ outcome: { kind: 'done' } });
		expect(await tracker.find('r1')).to.deep.include({ asker: 'device', outcome: { kind: 'superseded' } });
		expect(await tracker.find('r9')).to.equal(undefined);
		expect(notes).to.deep.equal(['r0 app:1 open', 'r1 device open', 'r0 app:1 done', 'r1 device superseded']);
	});
});

/** One of each kind, all for the same service. */
const BODIES: readonly RequestBody[] = [
	{ kind: 'restartApp', appId: 1, containers: ['c'] },
	{ kind: 'purgeApp', appId: 1, containers: ['c'], networks: ['n'], volumes: ['v'] },
	{ kind: 'restartService', appId: 1, serviceName: 'web', containers: ['c'] },
	{ kind: 'stopService', appId: 1, serviceName: 'web', containerId: 'c' },
	{ kind: 'startService', appId: 1, serviceName: 'web', containerId: 'c' },
	{ kind: 'cleanupVolumes', volumes: ['v'] },
	{ kind: 'changeHostConfig', change: { hostname: 'name' } },
	{ kind: 'reboot' },
	{ kind: 'shutdown' },
];

describe('two requests at once', () => {
	/** Submits one after the other, with this pause, on a database that takes 20 ms for each write. */
	async function submitBoth(bodies: readonly RequestBody[], pauseMs: number) {
		const clock = new VirtualClock();
		const store = new MemoryRequestStore();
		const add = store.add.bind(store);
		Sinon.stub(store, 'add').callsFake(async (...given) => {
			await clock.sleep(20, new AbortController().signal);
			await add(...given);
		});
		let count = 0;
		const tracker = new RequestTracker({ store, newId: () => `${++count}`, clock, changed: () => undefined });
		const outcomes = new Map<RequestBody, string>();
		for (const body of bodies) {
			void tracker.submit(body, { force: false }).then(({ kind }) => outcomes.set(body, kind));
			await clock.advance(pauseMs);
		}
		await clock.advance(100);
		const outcomesInOrder = bodies.map((body) => outcomes.get(body));
		return {
			outcomes: outcomesInOrder,
			open: tracker.open().map(({ id, body }) => [id, body.kind]),
			stored: (await store.list()).map(({ id, body }) => [id, body.kind]),
		};
	}

	for (const first of BODIES) {
		for (const second of BODIES) {
			it(`${first.kind} and ${second.kind}: end like one after the other`, async () => {
				const bodies = [first, { ...second }];
				const sequential = await submitBoth(bodies, 50);
				expect(await submitBoth(bodies, 5)).to.deep.equal(sequential);
				expect(sequential.open).to.deep.include(['2', second.kind]);
				expect(sequential.stored).to.deep.equal(sequential.open);
			});
		}
	}
});

describe('requests that contradict each other', () => {
	it('supersede each other also when they come within one write of the database', async () => {
		const clock = new VirtualClock();
		const store = new MemoryRequestStore();
		const add = store.add.bind(store);
		Sinon.stub(store, 'add').callsFake(async (...given) => {
			await clock.sleep(20, new AbortController().signal);
			await add(...given);
		});
		let count = 0;
		const tracker = new RequestTracker({ store, newId: () => `${++count}`, clock, changed: () => undefined });
		const outcomes: string[] = [];
		const body = { kind: 'restartApp', appId: 1, containers: ['c'] } as const;
		void tracker.submit(body, { force: false }).then(({ kind }) => outcomes.push(kind));
		await clock.advance(5);
		void tracker.submit(body, { force: false });
		await clock.advance(100);
		expect(outcomes).to.deep.equal(['superseded']);
		expect(tracker.open()).to.have.length(1);
	});
});
