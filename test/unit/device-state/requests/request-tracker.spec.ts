import { expect } from 'chai';
import Sinon from 'sinon';
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
		expect(await store.outcomeOf('one')).to.include({ kind: 'failed', code: 'cut-off' });
	});
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
