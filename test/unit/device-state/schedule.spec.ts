import { expect } from 'chai';
import { schedule } from '../../../src/device-state/planner/schedule.ts';
import type { Pause, PlanContext, Proposal } from '../../../src/domain/plan.ts';
import { stepIdOf, type Step } from '../../../src/domain/step.ts';

describe('schedule', () => {
	const policy = {
		maxPulls: 2,
		maxSteps: 2,
		keepImages: false,
		keepVolumes: false,
		ownImage: 'own',
		force: false,
		localMode: false,
	};
	const context = (more: Partial<PlanContext> = {}): PlanContext => ({
		now: 1000,
		busy: [],
		paused: new Map(),
		requests: [],
		policy,
		history: { hasSettled: true },
		...more,
	});
	const proposal = (name: string, options: { writes?: string[]; reads?: string[]; pull?: boolean } = {}): Proposal => {
		const step: Step =
			options.pull === true
				? { kind: 'pullImage', reference: name }
				: { kind: 'removeVolume', appId: 1, name, volumeName: name };
		const footprint = { writes: options.writes ?? [name], reads: options.reads ?? [] };
		return { step: { id: stepIdOf(step), step, reason: 'a test', footprint, interruptible: false } };
	};
	const started = (proposals: readonly Proposal[], more: Partial<PlanContext> = {}) =>
		schedule(proposals, context(more)).start.map(({ footprint }) => footprint.writes[0]);
	const reasons = (proposals: readonly Proposal[], more: Partial<PlanContext> = {}) =>
		schedule(proposals, context(more)).waiting.map(({ because }) => because.kind);

	it('starts what touches different things, in order', () => {
		expect(started([proposal('a'), proposal('b')])).to.deep.equal(['a', 'b']);
	});

	it('keeps apart what touches the same', () => {
		const pair = [proposal('a'), proposal('b', { writes: ['b'], reads: ['a'] })];
		expect(started(pair)).to.deep.equal(['a']);
		expect(reasons(pair)).to.deep.equal(['busy']);
	});

	it('waits for what was in flight when the observation began, itself too', () => {
		const busy = [proposal('a').step];
		expect(started([proposal('a'), proposal('b', { writes: ['a/b'] }), proposal('c')], { busy })).to.deep.equal(['c']);
	});

	it('limits pulls and other steps apart from each other', () => {
		const pulls = ['p1', 'p2', 'p3'].map((name) => proposal(name, { pull: true }));
		const steps = ['s1', 's2', 's3'].map((name) => proposal(name));
		expect(started([...pulls, ...steps])).to.deep.equal(['p1', 'p2', 's1', 's2']);
		expect(reasons([...pulls, ...steps])).to.deep.equal(['limit', 'limit']);
	});

	it('planner I13: limits deltas further, and only updates are deltas', () => {
		const update = (name: string): Proposal => {
			const { step } = proposal(name, { pull: true });
			return { step: { ...step, isUpdate: true } };
		};
		const all = [update('u1'), update('u2'), update('u3'), proposal('first', { pull: true })];
		const deltas = { policy: { ...policy, maxPulls: 4, maxDeltas: 2 } };
		expect(started(all, deltas)).to.deep.equal(['u1', 'u2', 'first']);
		expect(reasons(all, deltas)).to.deep.equal(['limit']);
		expect(started(all, { ...deltas, busy: [update('u0').step] })).to.deep.equal(['u1', 'first']);
		const off = { policy: { ...policy, maxPulls: 4, maxDeltas: undefined } };
		expect(started(all, off)).to.have.length(4);
	});

	it('lets a step that is not ready yet pause, which is no failure', () => {
		const a = proposal('a');
		const pause = { until: 5000, failures: 2, error: 'being made', since: 0, reason: 'not-yet' as const };
		const plan = schedule([a], context({ paused: new Map([[a.step.id, pause]]) }));
		expect(plan.waiting[0]?.because).to.deep.equal({ kind: 'not-yet', until: 5000, because: 'being made' });
		expect(plan.wakeAt).to.equal(5000);
	});

	it('lets a step pause, and says when to look again', () => {
		const pause = { until: 5000, failures: 2, error: 'busy', since: 0, reason: 'backoff' as const };
		const [a, b] = [proposal('a'), proposal('b')];
		const paused = new Map<string, Pause>([
			[a.step.id, pause],
			[b.step.id, { ...pause, until: 3000, reason: 'stuck' as const }],
		]);
		const plan = schedule([a, b], context({ paused }));
		expect(plan.waiting.map(({ because }) => because.kind)).to.deep.equal(['backoff', 'stuck']);
		expect(plan.wakeAt).to.equal(3000);
		expect(started([a, b], { paused, now: 5000 })).to.deep.equal(['a', 'b']);
	});

	it('says that updates are locked, and since when', () => {
		const a = proposal('a');
		const pause = { until: 5000, failures: 2, error: 'theirs', since: 7, reason: 'locked-by-user' as const };
		const plan = schedule([a], context({ paused: new Map([[a.step.id, pause]]) }));
		expect(plan.waiting[0]?.because).to.deep.equal({ kind: 'locked-by-user', until: 5000, since: 7, error: 'theirs' });
		expect(plan.wakeAt).to.equal(5000);
	});

	it('keeps the reason of a step that waits for something else', () => {
		const waits: Proposal = { ...proposal('a'), because: { kind: 'network', name: 'n' } };
		expect(reasons([waits])).to.deep.equal(['network']);
		expect(schedule([waits], context()).wakeAt).to.equal(undefined);
	});

	it('is settled when there is nothing to do', () => {
		expect(schedule([], context())).to.deep.equal({ start: [], waiting: [], wakeAt: undefined });
	});
});
