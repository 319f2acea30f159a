import { contentOfBox, usesNetwork } from './apply-step.ts';
import { findHostLeft, type HostLeft } from './host-os.ts';
import { findConfigLeft, type ConfigLeft } from './judge-config.ts';
import { NET } from './present.ts';
import { contentOf, isWanted, wantedSvcs, type Run } from './run.ts';
import { SVCS, type Box, type State, type Svc } from './state.ts';

/** Remaining differences from the target. */
export type Left =
	| 'container'
	| 'leaving container'
	| 'network'
	| 'volume'
	| 'image'
	| 'record'
	| 'old image'
	| 'commit'
	| 'lock'
	| 'reboot'
	| 'request'
	| HostLeft
	| ConfigLeft;

/** Judged by the state alone; shares no code with the planner. */
export function findLeft(state: State, run: Run): ReadonlySet<Left> {
	const left = new Set<Left>();
	if (state.held !== 'none') {
		left.add('lock');
	}
	if (state.reboot !== 'none') {
		left.add('reboot');
	}
	if (state.request === 'open') {
		left.add('request');
	}
	if (state.config !== undefined && run.config !== undefined) {
		findConfigLeft(state.config, run.config).forEach((what) => left.add(what));
	}
	if (state.host !== undefined) {
		findHostLeft(state.host).forEach((what) => left.add(what));
	}
	if (run.target === 'rejected' || run.unreadable) {
		return left;
	}
	if (run.target === 'absent') {
		findLeftOfRemoved(state, left);
	} else {
		findLeftOfServices(state, run, left);
	}
	// Live push may remove anything, and no step repairs it.
	if (!run.keepImages && SVCS.some((svc) => isStale(svc, state, run))) {
		left.add('old image');
	}
	return left;
}

function findLeftOfRemoved(state: State, left: Set<Left>): void {
	if (state.boxes.length > 0) {
		left.add(state.boxes.every(({ run }) => run === 'removing') ? 'leaving container' : 'container');
	}
	if (state.net !== 'absent' || state.spare) {
		left.add('network');
	}
	if (state.vol !== 'absent' || state.kept !== '') {
		left.add('volume');
	}
}

function findLeftOfServices(state: State, run: Run, left: Set<Left>): void {
	for (const svc of SVCS) {
		const { pics, boxes } = state;
		const own = boxes.filter((box) => box.svc === svc && box.run !== 'removing');
		if (boxes.some((box) => box.svc === svc && box.run === 'removing')) {
			left.add('leaving container');
		}
		const [only, ...others] = own;
		if (isWanted(run, svc)) {
			if (!pics[svc].new) {
				left.add('image');
			}
			if (pics[svc].newRow !== 'full') {
				left.add('record');
			}
			if (only === undefined || others.length > 0 || !isRight(only, state, run) || !runsAsItShould(only, state, run)) {
				left.add('container');
			}
		} else if (only !== undefined) {
			left.add('container');
		}
	}
	if (!['right', 'left', 'fresh'].includes(state.net) || state.spare || isNetworkAsked(state, run)) {
		left.add('network');
	}
	if (state.vol === 'absent' || isVolumeAsked(state, run) || state.kept.includes('unused') || isDataAsked(state, run)) {
		left.add('volume');
	}
	if (!state.commit) {
		left.add('commit');
	}
}

/** Created as the target asks, under its name, with the networks and volumes that stay. */
function isRight(box: Box, state: State, run: Run): boolean {
	return isEqual(box, state, run) && box.release === 2 && !box.aside && box.temp === 0 && !box.cut;
}

/** Likewise, except for its name. */
export function isEqual(box: Box, state: State, run: Run): boolean {
	const { flavour, joins } = run.services[box.svc];
	const isMade = box.made === 'new' || (box.made === 'old' && flavour === 'same');
	return (
		isWanted(run, box.svc) &&
		isMade &&
		state.pics[box.svc].new &&
		!box.quiet &&
		box.run !== 'dead' &&
		!isAsked(box, state, run) &&
		!(usesNetwork(box, NET, run) && (['different', 'twice'].includes(state.net) || isNetworkAsked(state, run))) &&
		!(box.svc === 'a' && isVolumeAsked(state, run)) &&
		(!joins || box.joined === ownerOf(state, run)?.id)
	);
}

export function newestAlive(svc: Svc, state: State): Box | undefined {
	const alive = state.boxes.filter((box) => box.svc === svc && box.run !== 'removing' && box.run !== 'dead');
	return alive.reduce<Box | undefined>(
		(best, box) => (best === undefined || box.rank > best.rank ? box : best),
		undefined,
	);
}

/** The owner of a shared namespace: the newest, unless it is no longer needed and never ran. */
function ownerOf(state: State, run: Run): Box | undefined {
	const newest = newestAlive('a', state);
	if (newest === undefined || newest.started || isEqual(newest, state, run)) {
		return newest ?? state.boxes.find(({ svc }) => svc === 'a');
	}
	return newestStarted('a', state) ?? newest;
}

/** The container that runs, or ran. */
export function newestStarted(svc: Svc, state: State): Box | undefined {
	return newestAlive(svc, { ...state, boxes: state.boxes.filter(({ started }) => started) });
}

/** Created only, to replace another one, and equal to the target. */
export function successorOf(box: Box, state: State, run: Run): Box | undefined {
	const newest = newestAlive(box.svc, state);
	const isSuccessor = newest !== undefined && newest.id !== box.id && newest.run === 'created' && !newest.started;
	return isSuccessor && isEqual(newest, state, run) ? newest : undefined;
}

/** A request requires its removal. */
export function isAsked({ id, svc }: Box, { request }: State, run: Run): boolean {
	const isNamed = id === `${svc}0` || id === `${svc}1`;
	const isMeant = run.request === 'restartService' ? svc === 'a' : /^(restart|purge)App$/.test(run.request);
	return request !== 'none' && isNamed && isMeant;
}

function isNetworkAsked({ request, net }: State, run: Run): boolean {
	return request !== 'none' && run.request === 'purgeApp' && ['right', 'different', 'twice', 'left'].includes(net);
}

function isVolumeAsked({ request, vol }: State, run: Run): boolean {
	return request !== 'none' && run.request === 'purgeApp' && ['right', 'different'].includes(vol);
}

function isDataAsked({ request, kept, boxes }: State, run: Run): boolean {
	const isThere = kept.includes('first') || boxes.some(({ data }) => data === 'first');
	return request !== 'none' && run.request === 'purgeApp' && run.anonymous && isThere;
}

/** A user stopped this very container. */
export function isHeldStopped({ id }: Box, { request }: State, run: Run): boolean {
	return run.request === 'stopService' && request !== 'none' && id === 'a1';
}

function runsAsItShould(box: Box, state: State, run: Run): boolean {
	if (!run.services[box.svc].running || isHeldStopped(box, state, run)) {
		return box.run === 'exited' || box.run === 'created';
	}
	if (box.run === 'exited' && run.services[box.svc].isJob) {
		return true;
	}
	const mayWait = state.reboot === 'required' && waitsForBoot(box.svc, state, run);
	return box.run === 'running' || (mayWait && (box.run === 'created' || box.run === 'exited'));
}

/** What starts with a boot only, and what depends on it, may wait for the boot (spec: planner 7.2, check 42). */
function waitsForBoot(svc: Svc, state: State, run: Run): boolean {
	const { requiresReboot, dependsOn } = run.services[svc];
	return (
		requiresReboot ||
		dependsOn.some(({ service }) => wantedSvcs(run).some((each) => each === service && waitsForBoot(each, state, run)))
	);
}

/** A row that speaks of an image that no container and no target needs. */
function isStale(svc: Svc, { pics, boxes }: State, run: Run): boolean {
	const isUsed = (content: 'old' | 'new') =>
		boxes.some((box) => box.svc === svc && contentOfBox(box, run) === content) && !isWanted(run, svc);
	const { oldRow, newRow } = pics[svc];
	const isOldNeeded = isUsed(contentOf(run, svc, 1));
	return (oldRow && !isOldNeeded) || (newRow !== 'none' && !isWanted(run, svc) && !isUsed('new'));
}
