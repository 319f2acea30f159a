import { expect } from 'chai';
import type { PlanView } from '../../../src/device-api/v3/plan/view-plan.ts';
import type { Hypothesis } from '../../../src/device-state/index.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { idleOperations } from './idle-operations.ts';
import { KEYS, startRecordedApi, type RecordedApi } from './recorded-api.ts';

describe('POST /v3/plan', () => {
	let api: RecordedApi;
	before(async () => (api = await startRecordedApi()));
	after(() => api.close());

	const ask = (body: unknown, key = KEYS.device) => api.call('POST', '/v3/plan', { key, body });

	it('v3-api #1: 4.1: lists the steps with what they need, and what runs and would stop', async () => {
		const plan = JSON.parse((await ask({})).body) as PlanView;
		const ofAlpha = plan.steps.filter(({ subject }) => subject.endsWith('app u1'));
		expect(ofAlpha.map(({ kind, subject, disruptive }) => [kind, subject, disruptive])).to.deep.equal([
			['create_network', 'network default of app u1', false],
			['record_image', 'service alpha of app u1', false],
			['take_lock', 'app u1', false],
			['create_container', 'service alpha of app u1', false],
			['stop_container', 'service alpha of app u1', true],
			['start_container', 'service alpha of app u1', false],
			['remove_container', 'service alpha of app u1', false],
			['release_lock', 'app u1', false],
		]);
		const orderOf = (kind: string) => ofAlpha.find((step) => step.kind === kind)?.order;
		const creation = ofAlpha.find(({ kind }) => kind === 'create_container');
		expect(creation?.after).to.deep.equal([orderOf('create_network')]);
		expect(ofAlpha.at(-1)?.after).to.include.members([orderOf('take_lock'), orderOf('start_container')]);
		const both = ['alpha', 'beta'].map((service, index) => ({ app: `u${index + 1}`, service }));
		expect([plan.restarts, plan.stops, plan.needs]).to.deep.equal([both, [], { locks: both, reboot: false }]);
		expect([plan.removes, plan.downloads, plan.settled]).to.deep.equal([{ volumes: [], networks: [] }, [], true]);
	});

	it('v3-api #1: 1.1: shows the key of an app its own steps, and lets it ask for no other target', async () => {
		const plan = JSON.parse((await ask({}, KEYS.beta)).body) as PlanView;
		expect(plan.steps.map(({ subject }) => subject)).to.satisfy((all: readonly string[]) =>
			all.every((subject) => subject.endsWith('app u2')),
		);
		const orders = plan.steps.map(({ order }) => order);
		expect(plan.steps.flatMap(({ after }) => after).every((order) => orders.includes(order))).to.equal(true);
		expect((await ask({ device: {} }, KEYS.beta)).status).to.equal(403);
	});

	it('v3-api #1: 4: reads what is asked for, and names each bad value', async () => {
		const asked: Hypothesis[] = [];
		const dryRun = (hypothesis: Hypothesis) => {
			asked.push(hypothesis);
			return idleOperations.plan.dryRun(hypothesis, new AbortController().signal);
		};
		const other = await startRecordedApi({ plan: { dryRun } });
		try {
			const send = async (body: unknown) => {
				const { status, body: text } = await other.call('POST', '/v3/plan', { key: KEYS.device, body });
				return status === 200 ? [] : (JSON.parse(text) as { issues: object }).issues;
			};
			expect(await send({})).to.deep.equal([]);
			expect(await send({ device: { apps: {} } })).to.deep.equal([]);
			expect(await send({ app: { uuid: 'u9', target: 5 } })).to.deep.equal([]);
			expect(asked).to.deep.equal([
				{ kind: 'present' },
				{ kind: 'device', input: { apps: {} } },
				{ kind: 'app', appUuid: 'u9', input: 5 },
			]);
			expect(await send({ app: 1 })).to.deep.equal([{ path: 'app', message: 'expected an object' }]);
			expect(await send({ app: {} })).to.deep.equal([{ path: 'app.uuid', message: 'expected the UUID of the app' }]);
			expect(await send({ device: {}, app: {} })).to.deep.equal([{ path: 'app', message: 'not together with device' }]);
			expect(await send({ aps: {} })).to.deep.equal([{ path: 'aps', message: 'unknown; there are device, app' }]);
			expect(await send([])).to.deep.equal([{ path: '', message: 'expected an object' }]);
		} finally {
			await other.close();
		}
	});

	it('says that the device was not observed yet', async () => {
		const dryRun = () => Promise.reject(new OperationalError('device-not-observed', 'The state is not known yet'));
		const other = await startRecordedApi({ plan: { dryRun } });
		try {
			const { status, body } = await other.call('POST', '/v3/plan', { key: KEYS.device, body: {} });
			expect([status, (JSON.parse(body) as { detail: string }).detail]).to.deep.equal([
				503,
				'The state is not known yet',
			]);
		} finally {
			await other.close();
		}
	});
});
