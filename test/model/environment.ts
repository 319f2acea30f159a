import type { WaitReason } from '../../src/domain/plan.ts';
import type { Pause, Proposal, ProposedStep } from '../../src/domain/plan.ts';
import { createBox, cutOff, isUp, renameBox, type Effect } from './apply-step.ts';
import { afterConfigBoot, bootPauses, configEvents, type ConfigEventKind } from './device-config.ts';
import { afterHostBoot, hostEvents, hostPauses, tornHost } from './host-os.ts';
import type { Run } from './run.ts';
import { change, SVCS, without, type State } from './state.ts';

/** A change that happens by itself or outside the supervisor, and that a step may wait for. */
interface Event {
	readonly kind:
		| 'vanishes'
		| 'becomes healthy'
		| 'ends'
		| 'is run again'
		| 'user unlocks'
		| 'pause ends'
		| 'boots'
		| 'engine ends'
		| 'engine is steady'
		| 'is started again'
		| 'updater pause ends'
		| 'a day is over'
		| 'power is cut'
		| ConfigEventKind;
	/** The container, where it is about one. */
	readonly id: string;
	readonly state: State;
}

export function eventsIn(state: State, run: Run): readonly Event[] {
	const events: Event[] = [];
	for (const box of state.boxes) {
		const { id, svc } = box;
		const { isChecked, isJob } = run.services[svc];
		if (box.run === 'removing') {
			events.push({ kind: 'vanishes', id, state: without(state, id) });
		}
		if (box.run === 'running' && isChecked && !box.ready) {
			events.push({ kind: 'becomes healthy', id, state: change(state, id, { ready: true }) });
		}
		if (box.run === 'running' && isJob) {
			events.push({ kind: 'ends', id, state: change(state, id, { run: 'exited', failed: false }) });
			events.push({ kind: 'ends', id, state: change(state, id, { run: 'exited', failed: true }) });
		}
		if (box.run === 'exited' && isJob && box.failed) {
			events.push({ kind: 'is run again', id, state: change(state, id, { failed: false }) });
		}
	}
	const owner = state.boxes.find(({ svc, run: was }) => svc === 'a' && was === 'running');
	if (owner !== undefined && state.boxes.some(({ joined, run: was }) => joined === owner.id && was === 'running')) {
		events.push({ kind: 'is started again', id: owner.id, state: cutOff(state, owner.id) });
	}
	if (state.unsteady) {
		events.push({ kind: 'engine is steady', id: '', state: { ...state, unsteady: false } });
	} else if (run.engineEnds && state.boxes.some(isUp) && isInTheMiddle(state)) {
		events.push({ kind: 'engine ends', id: '', state: { ...withAllEnded(state), unsteady: true } });
	}
	if (state.theirs) {
		events.push({ kind: 'user unlocks', id: '', state: { ...state, theirs: false } });
	}
	if (state.pausing) {
		events.push({ kind: 'pause ends', id: '', state: { ...state, pausing: false } });
	}
	if (state.config !== undefined && run.config !== undefined) {
		events.push(
			...configEvents(state.config, run.config).map(({ kind, config }) => ({
				kind,
				id: '',
				state: { ...state, config },
			})),
		);
	}
	events.push(...hostEventsIn(state, run));
	if (state.reboot === 'down') {
		events.push(...bootsOf(state, run).map((booted) => ({ kind: 'boots' as const, id: '', state: booted })));
	}
	return events;
}

function hostEventsIn(state: State, run: Run): readonly Event[] {
	const { host } = state;
	if (host === undefined) {
		return [];
	}
	const cuts = host.mark === 'started' ? bootsOf(state, run) : [];
	return [
		...hostEvents(host).map((event) => ({ kind: event.kind, id: '', state: { ...state, host: event.host } })),
		...cuts.map((booted) => ({ kind: 'power is cut' as const, id: '', state: booted })),
	];
}

function bootsOf(state: State, run: Run): readonly State[] {
	const booted = afterBoot(state, run);
	return state.host === undefined || run.host === undefined
		? [booted]
		: afterHostBoot(state.host, run.host).map((host) => ({ ...booted, host }));
}

/** Where containers change: what comes before looks the same to an engine that ends. */
function isInTheMiddle({ pics, held, theirs }: State): boolean {
	return SVCS.every((svc) => pics[svc].new) && held !== 'some' && !theirs;
}

/** The engine stops all containers, then itself. Later states include what its restart policies start again. */
function withAllEnded(state: State): State {
	return {
		...state,
		boxes: state.boxes.map((box) => (isUp(box) && box.run !== 'removing' ? { ...box, run: 'exited' as const } : box)),
	};
}

/** Locks and the mark are on a disk that a boot clears. The engine starts what ran, and ends what it was removing. */
function afterBoot(state: State, run: Run): State {
	const boxes = state.boxes
		.filter(({ run }) => run !== 'removing')
		.map((box) => ({ ...box, young: false, ready: false, cut: false }));
	const config = state.config === undefined ? {} : { config: afterConfigBoot(state.config, run.config) };
	return { ...state, boxes, reboot: 'none', held: 'none', theirs: false, pausing: false, unsteady: false, ...config };
}

/**
 * What ends a wait, by its kind: an event of the world, or nothing but a step. A plan that starts nothing must wait for
 * an event at least once, or it waits for ever.
 */
const ENDED_BY: Readonly<Record<WaitReason['kind'], (reason: WaitReason, event: Event) => boolean>> = {
	// The end of another step: it started, or it waits itself, and then for something else.
	busy: () => false,
	limit: () => false,
	// A pull, a creation or a lock is a step of its own, with a reason of its own while it cannot start.
	image: () => false,
	network: () => false,
	volume: () => false,
	'taking-locks': () => false,
	container: (reason, event) =>
		reason.kind === 'container' && event.kind === 'vanishes' && event.id === reason.containerId,
	dependency: (reason, event) =>
		reason.kind === 'dependency' &&
		event.id.startsWith(reason.service) &&
		(reason.condition === 'service_healthy'
			? event.kind === 'becomes healthy'
			: reason.condition === 'service_completed_successfully' &&
				(event.kind === 'ends' || event.kind === 'is run again')),
	engine: (_reason, { kind }) => kind === 'engine is steady',
	'locked-by-user': (_reason, { kind }) => kind === 'pause ends',
	// Only the change of boot files fails; no step is without effect, and no container ends again and again.
	'crash-loop': () => false,
	'not-yet': () => false,
	backoff: (_reason, { kind }) => kind === 'boot pause ends' || kind === 'updater pause ends',
	stuck: () => false,
	'given-up': (_reason, { kind }) => kind === 'a day is over',
	// Until the target changes.
	ineffective: () => false,
	postponed: (_reason, { kind }) => kind === 'hour is over',
};

export function canEnd(reason: WaitReason, events: readonly Event[]): boolean {
	return events.some((event) => ENDED_BY[reason.kind](reason, event));
}

/** Steps that failed a moment ago. */
export function pausesIn(state: State, proposals: readonly Proposal[]): ReadonlyMap<string, Pause> {
	return new Map([
		...(state.pausing ? lockPauses(proposals) : []),
		...(state.config?.bootPausing === true ? bootPauses(proposals) : []),
		...(state.host?.isPausing === true ? hostPauses(proposals) : []),
	]);
}

/** The lock of a user was met. */
function lockPauses(proposals: readonly Proposal[]): readonly (readonly [string, Pause])[] {
	const pause = { until: 1000, failures: 1, error: 'theirs', since: 0, reason: 'locked-by-user' as const };
	return proposals.flatMap(({ step }) => (step.step.kind === 'takeLock' ? [[step.id, pause] as const] : []));
}

/** Partial effects of a step if the supervisor loses power during it. */
export function torn({ step }: ProposedStep, state: State, run: Run): readonly State[] {
	switch (step.kind) {
		case 'removeContainer':
		case 'finishHandOver': {
			const box = state.boxes.find(({ id }) => id === step.containerId);
			const stopped = box !== undefined && isUp(box) ? change(state, box.id, { run: 'exited' }) : state;
			return box !== undefined && box.run !== 'removing'
				? [stopped, change(state, step.containerId, { run: 'removing' })]
				: [];
		}
		case 'restartContainer':
			return [change(state, step.containerId, { run: 'exited' })];
		case 'handOver': {
			const quiet = change(state, step.containerId, { quiet: true });
			const box = quiet.boxes.find(({ id }) => id === step.containerId);
			const moved = box === undefined ? undefined : stateOf(renameBox(box, { aside: true }, quiet));
			const made = moved === undefined || box === undefined ? undefined : stateOf(createBox(step.creation, moved, run));
			return [quiet, moved, made].filter((each) => each !== undefined);
		}
		case 'takeLock':
			return state.theirs ? [] : [{ ...state, held: 'some' }];
		case 'releaseLock':
			return state.held === 'all' ? [{ ...state, held: 'some' }] : [];
		case 'updateHost':
			return state.host === undefined ? [] : tornHost(step, state.host).map((host) => ({ ...state, host }));
		default:
			return []; // all or nothing
	}
}

function stateOf(effect: Effect): State | undefined {
	return 'state' in effect ? effect.state : undefined;
}
