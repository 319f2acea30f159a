import type { Plan, PlanContext, PlanPolicy, Proposal } from '../../src/domain/plan.ts';
import { findDone } from '../../src/device-state/requests/index.ts';
import { explainPlan } from '../../src/device-state/planner/explain-plan.ts';
import { proposeDevice } from '../../src/device-state/planner/propose-device.ts';
import { schedule } from '../../src/device-state/planner/schedule.ts';
import { findConfigChanges } from '../../src/device-state/planner/reboot-guard.ts';
import { applyStep } from './apply-step.ts';
import { afterSettling, historyOf, isRefusedStep } from './device-config.ts';
import { canEnd, eventsIn, pausesIn, torn } from './environment.ts';
import { isGivenUp } from './host-os.ts';
import { findBrokenPromise } from './judge-request.ts';
import { findBroken, findClash } from './oracle.ts';
import { findLeft } from './on-target.ts';
import { Presenter } from './present.ts';
import type { Run } from './run.ts';
import { describeState, Keys, type State } from './state.ts';

/** A rule that did not hold, in the simplest state in which it did not. */
interface Finding {
	readonly rule: string;
	readonly state: string;
	readonly plan: string;
	readonly count: number;
}

interface Exploration {
	readonly states: number;
	readonly transitions: number;
	readonly findings: readonly Finding[];
}

export function describeFinding({ rule, state, plan, count }: Finding): string {
	return `${rule} (${count} states)\n  ${state}\n  ${plan.replaceAll('\n', '\n  ')}`;
}

interface Node {
	readonly state: State;
	/** By steps. */
	readonly steps: number[];
	/** By steps and by the world. */
	readonly all: number[];
	isOnTarget: boolean;
}

interface Planned {
	readonly plan: Plan;
	/** The request after the pass. */
	readonly settled: State['request'] | undefined;
	readonly proposals: readonly Proposal[];
	readonly context: PlanContext;
}

/** Receives what is found about the visited state. */
interface Visit {
	readonly state: State;
	readonly report: (rule: string) => void;
	readonly link: (next: State, isStep: boolean) => void;
}

/** Visits every state that is reachable from the given ones; plans and judges each once. */
export class Explorer {
	readonly #run: Run;
	readonly #presenter: Presenter;
	readonly #keys = new Keys();
	readonly #nodes: Node[] = [];
	readonly #indexes = new Map<string, number>();
	readonly #findings = new Map<string, Finding & { readonly size: number }>();
	#transitions = 0;

	/** One of this many states is also checked with steps in flight: each check is a plan. */
	readonly #inFlightShare: number;

	constructor(run: Run, { inFlightShare }: { readonly inFlightShare: number }) {
		this.#inFlightShare = inFlightShare;
		this.#run = run;
		this.#presenter = new Presenter(run);
	}

	explore(starts: Iterable<State>): Exploration {
		for (const state of starts) {
			this.#indexOf(state);
		}
		// Grows while it is walked.
		for (const node of this.#nodes) {
			this.#visit(node);
		}
		this.#findCycles();
		this.#findLost();
		return {
			states: this.#nodes.length,
			transitions: this.#transitions,
			findings: [...this.#findings.values()].map(({ rule, state, plan, count }) => ({ rule, state, plan, count })),
		};
	}

	#indexOf(state: State): number {
		const key = this.#keys.of(state);
		const known = this.#indexes.get(key);
		if (known !== undefined) {
			return known;
		}
		this.#nodes.push({ state, steps: [], all: [], isOnTarget: false });
		this.#indexes.set(key, this.#nodes.length - 1);
		return this.#nodes.length - 1;
	}

	#visit(node: Node): void {
		const { state } = node;
		const planned = this.#plan(state);
		const { plan, settled } = planned;
		const report = (rule: string) => {
			this.#report(rule, state, plan);
		};
		const link = (next: State, isStep: boolean) => {
			const index = this.#indexOf(next);
			node.all.push(index);
			this.#transitions += 1;
			if (isStep) {
				node.steps.push(index);
			}
		};
		if (settled !== undefined) {
			for (const rule of findBrokenPromise(settled, state, this.#run)) {
				report(rule);
			}
			link({ ...state, request: settled }, true);
		}
		const remembered = state.config && afterSettling(plan, state.config);
		if (remembered !== undefined) {
			link({ ...state, config: remembered }, true);
		}
		const isSettling = settled !== undefined || remembered !== undefined;
		this.#judgePlan(plan, { node, isSettling, report });
		this.#followSteps(plan, { state, report, link });
		this.#followFailures(planned, { state, report, link });
		this.#followInFlight(plan, { state, report, link });
		for (const event of eventsIn(state, this.#run)) {
			link(event.state, false);
		}
	}

	#plan(state: State, busy: Plan['start'] = []): Planned {
		const current = this.#presenter.current(state);
		const requests = this.#presenter.requests(state);
		const context: PlanContext = {
			now: 0,
			busy,
			paused: new Map(),
			requests,
			policy: policyOf(this.#run),
			history: historyOf(state.config),
		};
		const target = this.#presenter.target(state);
		const config = findConfigChanges(target, current, context);
		const propose = (pauses: PlanContext['paused']) =>
			proposeDevice(current, target, { ...context, paused: pauses, config });
		const first = propose(new Map());
		const paused = pausesIn(state, first);
		const proposals = state.host?.isPausing === true ? propose(paused) : first; // some depend on pauses
		const plan = schedule(proposals, { ...context, paused });
		const [done] = findDone(requests, { current, proposals, busy });
		const settled = done && (done.outcome.kind === 'holding' ? 'holding' : 'none');
		return { plan, settled, proposals, context: { ...context, paused } };
	}

	#judgePlan(
		plan: Plan,
		{ node, isSettling, report }: { node: Node; isSettling: boolean; report: (rule: string) => void },
	): void {
		const { state } = node;
		const events = eventsIn(state, this.#run);
		if (plan.start.length > 0) {
			return;
		}
		const isHostGivenUp = state.host !== undefined && isGivenUp(state.host);
		const waiting = plan.waiting.filter(
			({ step }) =>
				!isRefusedStep(step.step, state.config, this.#run.config) &&
				!(isHostGivenUp && step.step.kind === 'updateHost'),
		);
		if (waiting.length > 0) {
			if (!isSettling && !plan.waiting.some(({ because }) => canEnd(because, events))) {
				report('dead end: nothing starts, and nothing that is waited for can end');
			}
			if (plan.wakeAt === undefined && plan.waiting.some(({ because }) => 'until' in because)) {
				report('no pass is due when the time of a wait is over');
			}
			return;
		}
		const left = [...findLeft(state, this.#run)].filter((what) => what !== 'leaving container');
		const isGoingDown = state.reboot === 'down';
		if (left.length > 0 && !isSettling && !isGoingDown) {
			report(`dead end: nothing is planned, and left is: ${left.join(', ')}`);
		}
		node.isOnTarget = left.length === 0;
	}

	#followSteps(plan: Plan, { state, report, link }: Visit): void {
		const run = this.#run;
		for (const [n, step] of plan.start.entries()) {
			for (const rule of findBroken(step, state, run)) {
				report(rule);
			}
			const effect = applyStep(step.step, state, run);
			if ('refused' in effect) {
				report(`refused: ${step.step.kind}: ${effect.refused}`);
				continue;
			}
			link(effect.state, true);
			torn(step, state, run).forEach((each) => {
				link(each, false);
			});
			for (const other of plan.start.slice(n + 1)) {
				const clash = findClash(step, other, state, this.#run);
				if (clash !== undefined) {
					report(clash);
				}
				if (!isImageStep(step) || !isImageStep(other)) {
					this.#together({ steps: [step, other], state, report, link });
				}
			}
		}
		this.#together({ steps: plan.start, state, report, link });
	}

	/** A step fails and pauses: steps that may run meanwhile break no rule either. */
	#followFailures({ plan, proposals, context }: Planned, { state, report, link }: Visit): void {
		const planned = new Set(plan.start.map(({ id }) => id));
		for (const failed of plan.start) {
			const pause = { until: 1000, failures: 1, error: 'failed', since: 0, reason: 'backoff' as const };
			const { start } = schedule(proposals, { ...context, paused: new Map([...context.paused, [failed.id, pause]]) });
			for (const step of start.filter(({ id }) => !planned.has(id))) {
				for (const rule of findBroken(step, state, this.#run)) {
					report(`while ${failed.step.kind} pauses: ${rule}`);
				}
				const effect = applyStep(step.step, state, this.#run);
				if ('refused' in effect) {
					report(`while ${failed.step.kind} pauses: ${step.step.kind} is refused, ${effect.refused}`);
				} else {
					link(effect.state, false);
				}
			}
		}
	}

	/** One step has ended, another one has not: the next plan must be compatible with it. */
	#followInFlight(plan: Plan, { state, report }: Visit): void {
		if (this.#transitions % this.#inFlightShare !== 0) {
			return;
		}
		for (const ended of plan.start) {
			const effect = applyStep(ended.step, state, this.#run);
			for (const busy of 'state' in effect ? plan.start : []) {
				if (busy === ended || !('state' in effect)) {
					continue;
				}
				const next = this.#plan(effect.state, [busy]).plan;
				for (const step of next.start) {
					const visit = { state: effect.state, report, link: () => undefined };
					this.#together({ ...visit, steps: [busy, step] });
					const clash = findClash(busy, step, effect.state, this.#run);
					// An earlier step may still run beside the removal of another container.
					if (clash !== undefined && (step.step.kind !== 'removeContainer' || !clash.startsWith('P20'))) {
						report(`beside a step in flight: ${clash}`);
					}
				}
			}
		}
	}

	/** Steps in flight together may end in any order, with the same result. */
	#together(to: Visit & { readonly steps: Plan['start'] }): void {
		const ends: string[] = [];
		for (const order of [to.steps, [...to.steps].reverse()]) {
			let state = to.state;
			for (const { step } of order) {
				const effect = applyStep(step, state, this.#run);
				if ('refused' in effect) {
					to.report(`in flight together: ${step.kind} is refused, ${effect.refused}`);
					return;
				}
				state = effect.state;
			}
			ends.push(this.#keys.of(state));
			if (ends.length === 1 && to.steps.length > 1) {
				to.link(state, true);
			}
		}
		if (ends[0] !== ends[1]) {
			to.report(
				`in flight together: the order in which ${to.steps.map(({ step }) => step.kind).join(' and ')} end counts`,
			);
		}
	}

	/** Steps alone never lead back: each path of them ends. */
	#findCycles(): void {
		const open = this.#nodes.map(({ steps }) => steps.length);
		const before: number[][] = this.#nodes.map(() => []);
		this.#nodes.forEach(({ steps }, index) => {
			steps.forEach((next) => before[next]?.push(index));
		});
		const ended = open.flatMap((count, index) => (count === 0 ? [index] : []));
		for (const index of ended) {
			for (const from of before[index] ?? []) {
				const left = (open[from] ?? 0) - 1;
				open[from] = left;
				if (left === 0) {
					ended.push(from);
				}
			}
		}
		// The remaining states are on a cycle or lead into one; a state on the cycle can reach itself.
		const circle = new Set(open.flatMap((count, index) => (count > 0 ? [index] : [])));
		for (const index of circle) {
			const { state } = this.#nodes[index] ?? this.#fail();
			if (this.#comesBack(index, circle)) {
				this.#report('circle: steps alone lead back to this state', state, this.#plan(state).plan);
			}
		}
	}

	#comesBack(start: number, within: ReadonlySet<number>): boolean {
		const seen = new Set<number>();
		const todo = [start];
		for (const index of todo) {
			for (const next of this.#nodes[index]?.steps ?? []) {
				if (next === start) {
					return true;
				}
				if (within.has(next) && !seen.has(next)) {
					seen.add(next);
					todo.push(next);
				}
			}
		}
		return false;
	}

	/** The target is reachable from every state, by steps and events of the world. */
	#findLost(): void {
		const before: number[][] = this.#nodes.map(() => []);
		this.#nodes.forEach(({ all }, index) => {
			all.forEach((next) => before[next]?.push(index));
		});
		const found = new Set(this.#nodes.flatMap(({ isOnTarget }, index) => (isOnTarget ? [index] : [])));
		const todo = [...found];
		for (const index of todo) {
			for (const from of before[index] ?? []) {
				if (!found.has(from)) {
					found.add(from);
					todo.push(from);
				}
			}
		}
		this.#nodes.forEach(({ state }, index) => {
			if (!found.has(index)) {
				this.#report('lost: no way leads from here to the target', state, this.#plan(state).plan);
			}
		});
	}

	#report(rule: string, state: State, plan: Plan): void {
		const known = this.#findings.get(rule);
		const text = describeState(state);
		const isSimpler = known === undefined || text.length < known.size;
		const count = (known?.count ?? 0) + 1;
		this.#findings.set(
			rule,
			isSimpler ? { rule, state: text, plan: explainPlan(plan), count, size: text.length } : { ...known, count },
		);
	}

	#fail(): never {
		throw new Error('no such state');
	}
}

/** Two of these touch different rows and images, or the schedule separates them: no order to check. */
function isImageStep({ step }: Plan['start'][number]): boolean {
	return step.kind === 'recordImage' || step.kind === 'pullImage' || step.kind === 'forgetImage';
}

export function policyOf({ keepImages }: Run): PlanPolicy {
	return {
		maxPulls: 4,
		maxSteps: 8,
		keepImages,
		keepVolumes: false,
		ownImage: 'registry.test/own:v1',
		force: false,
		localMode: false,
	};
}
