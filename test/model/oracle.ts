import type { Creation, LeftVolumes, Step } from '../../src/domain/step.ts';
import type { ProposedStep } from '../../src/domain/plan.ts';
import { hasPort, isUp, usesNetwork } from './apply-step.ts';
import { HOST_KINDS, judgeHostStep } from './host-os.ts';
import { CONFIG_KINDS, judgeConfigStep } from './judge-config.ts';
import { ANONYMOUS, NET, NETWORK_IDS, SPARE } from './present.ts';
import {
	findLeft,
	isAsked,
	isEqual,
	isHeldStopped,
	newestAlive,
	newestStarted,
	successorOf,
	type Left,
} from './on-target.ts';
import { isWanted, killsBeforeDownload, wantedSvcs, type Run } from './run.ts';
import type { Box, State, Svc } from './state.ts';

/** Which invariants (spec: planner 2) a step breaks by starting in this state. Shares no code with the planner. */
export function findBroken(proposed: ProposedStep, state: State, run: Run): readonly string[] {
	const { step } = proposed;
	const broken: string[] = [];
	const box = 'containerId' in step ? state.boxes.find(({ id }) => id === step.containerId) : undefined;
	const check = (rule: string, holds: boolean) => {
		if (!holds) {
			broken.push(rule);
		}
	};
	if (state.reboot === 'down') {
		broken.push('nothing begins on a device that goes down');
	}
	if (run.target === 'rejected' || run.unreadable) {
		check('I12 a rejected app is left as it is', ['releaseLock', ...CONFIG_KINDS, ...HOST_KINDS].includes(step.kind));
	}
	if (state.config !== undefined && run.config !== undefined) {
		const { config, reboot } = state;
		broken.push(...judgeConfigStep(proposed, { config, run: run.config, reboot }));
	}
	if (state.host !== undefined) {
		broken.push(...judgeHostStep(proposed, state.host, stops(step, box)));
	}
	switch (step.kind) {
		case 'removeContainer':
		case 'stopContainer':
		case 'restartContainer':
		case 'renameContainer':
		case 'finishHandOver':
			if (box !== undefined) {
				broken.push(...judgeDisturbance(step.kind, box, state, run));
				broken.push(
					...(step.kind === 'removeContainer' || step.kind === 'finishHandOver'
						? judgeLeftData(step, box, state, run)
						: []),
				);
			}
			break;
		case 'handOver':
			if (box !== undefined) {
				broken.push(...judgeDisturbance(step.kind, box, state, run), ...judgeStart(box.svc, undefined, state, run));
				broken.push(...judgeCreation(box.svc, state, run));
				check('hand-over only beside a running container', box.run === 'running' || box.run === 'restarting');
				check('hand-over only if the target says so', run.services[box.svc].strategy === 'hand-over');
				check('what is asked to restart does not hand over', !isAsked(box, state, run));
			}
			break;
		case 'createContainer': {
			const svc = step.serviceName as Svc;
			broken.push(...judgeCreation(svc, state, run));
			const own = [newestAlive(svc, state), newestStarted(svc, state)].filter((each) => each !== undefined);
			const isNeeded = own.every((each) => !isEqual(each, state, run));
			const isAlone = isNeeded && (own.length === 0 || mayStandBeside(svc, state, run));
			check('a container is made where there is none, or beside one that it replaces', isAlone);
			broken.push(...judgeTakingOver(step, state, run));
			break;
		}
		case 'startContainer':
		case 'unpauseContainer':
			if (box !== undefined) {
				check('what shall not run is not started', run.services[box.svc].running && !isHeldStopped(box, state, run));
				check('only what is as it should be is started', isEqual(box, state, run));
				broken.push(...(step.kind === 'startContainer' ? judgeStart(box.svc, box, state, run) : []));
				check(
					'D1 what an engine ended that may be going down is not started in it',
					!state.unsteady || box.run !== 'exited',
				);
			}
			break;
		default:
			broken.push(...judgeOther(step, state, run));
	}
	return broken;
}

/** Two steps of one plan (spec: planner P20, and common sense). */
export function findClash(one: ProposedStep, other: ProposedStep, state: State, run: Run): string | undefined {
	const [x, y] = [one.step, other.step];
	if ([x, y].some(({ kind }) => kind === 'updateHost') && [x, y].some((step) => stops(step, boxOf(step, state)))) {
		return 'no container is stopped while the host OS is updated';
	}
	const going = [x, y].find((step) => step.kind === 'removeContainer' || step.kind === 'stopContainer');
	const coming = [x, y].find((step) => step.kind === 'startContainer' || step.kind === 'handOver');
	const box = going && state.boxes.find(({ id }) => id === going.containerId);
	if (box !== undefined && coming !== undefined && isUp(box)) {
		const isOwn = coming.serviceName === box.svc;
		if (
			isOwn ||
			goesForGood(box, state, run) ||
			(hasPort(box, run) && run.services[coming.serviceName as Svc].port.includes(2))
		) {
			return 'P20 nothing is started beside the end of one that is in its way';
		}
	}
	return 'containerId' in x && 'containerId' in y && x.containerId === y.containerId
		? 'two steps about one container'
		: undefined;
}

const STOPS: readonly string[] = ['stopContainer', 'removeContainer', 'restartContainer', 'finishHandOver'];

function stops({ kind }: Step, box: Box | undefined): boolean {
	return STOPS.includes(kind) && box !== undefined && isUp(box) && box.run !== 'removing';
}

function boxOf(step: Step, { boxes }: State): Box | undefined {
	return 'containerId' in step ? boxes.find(({ id }) => id === step.containerId) : undefined;
}

/** Not replaced by a container that was created beside it. */
function goesForGood(box: Box, state: State, run: Run): boolean {
	return (
		!isWanted(run, box.svc) || newestStarted(box.svc, state)?.id !== box.id || !mayStandBeside(box.svc, state, run)
	);
}

/** Unless something that both use must be removed in between, or the strategy removes the old one first (D22). */
function mayStandBeside(svc: Svc, state: State, run: Run): boolean {
	const isPurged = run.request === 'purgeApp' && state.request !== 'none';
	const isNetworkNew = !run.services[svc].joins && ['different', 'twice'].includes(state.net);
	return !killsBeforeDownload(run.services[svc].strategy) && !isPurged && !isNetworkNew;
}

/** It gets the volumes of its predecessor (D23). */
function judgeTakingOver(creation: Creation, state: State, run: Run): readonly string[] {
	const svc = creation.spec.identity.serviceName;
	const isPurged = run.request === 'purgeApp' && state.request !== 'none';
	const isThere = state.kept.includes('first') || state.boxes.some(({ data }) => data === 'first');
	const isTaken = creation.anonymousVolumes[ANONYMOUS] === 'first';
	return run.anonymous && svc === 'a' && isThere && !isTaken && !isPurged
		? ['D23 a volume without a name is taken over']
		: [];
}

/** Its data can still be found after its removal (D23). */
function judgeLeftData(
	{ volumes }: { readonly volumes: LeftVolumes },
	box: Box,
	state: State,
	run: Run,
): readonly string[] {
	const isElsewhere =
		state.kept.includes(box.data) || state.boxes.some((other) => other.id !== box.id && other.data === box.data);
	const isLost = box.data === 'first' && !isElsewhere && !Object.values(volumes.keep).includes(box.data);
	const isLeaked =
		!box.started && box.data === 'fresh' && !isElsewhere && !volumes.drop.includes('fresh') && run.target !== 'absent';
	return [
		...(isLost ? ['D23 data of a volume without a name is lost'] : []),
		...(isLeaked ? ['a volume is left for ever'] : []),
	];
}

function missing(state: State, run: Run): boolean {
	return wantedSvcs(run).some((svc) => !state.pics[svc].new);
}

/** The strategy that says how a container goes: the target's, or its own where it is not the one to be updated. */
function leavesBy(box: Box, state: State, run: Run) {
	const { strategy, before, flavour } = run.services[box.svc];
	const isUpdated = isWanted(run, box.svc) && newestAlive(box.svc, state)?.id === box.id;
	return isUpdated || box.made !== 'old' || flavour === 'same' ? strategy : before;
}

function judgeDisturbance(kind: string, box: Box, state: State, run: Run): readonly string[] {
	const broken: string[] = [];
	const isDead = box.run === 'dead';
	if (state.held !== 'all' && !(isDead && kind === 'removeContainer')) {
		broken.push(`I6 ${kind} needs the update locks of all services`);
	}
	const isMeantToStop = !run.services[box.svc].running || isHeldStopped(box, state, run);
	// A stop that the target or a user asks for is not part of an update (spec: planner 7.2, 12); nor is what heals.
	const isPatient =
		!killsBeforeDownload(leavesBy(box, state, run)) &&
		!(kind === 'stopContainer' && isMeantToStop) &&
		kind !== 'restartContainer' &&
		run.target === 'ready';
	const isRunning = ['running', 'restarting', 'paused'].includes(box.run);
	const isOlder = newestAlive(box.svc, state)?.id !== box.id;
	if (isPatient && isRunning && missing(state, run) && !(kind === 'finishHandOver')) {
		broken.push(`I3 ${kind} of a running container only with all images`);
	}
	const goes = kind === 'removeContainer' || kind === 'finishHandOver';
	const isSurplus =
		!box.started && [newestStarted(box.svc, state)].some((old) => old !== undefined && isEqual(old, state, run));
	if (goes && !isOlder && isEqual(box, state, run) && !isSurplus) {
		broken.push('I15 the newest container is kept when it is as it should be');
	}
	if (kind === 'finishHandOver') {
		const successor = newestAlive(box.svc, state);
		if (!isOlder || successor === undefined || !box.aside) {
			broken.push('hand-over ends only with a successor');
		}
	}
	const isReplaced = isWanted(run, box.svc) && newestStarted(box.svc, state)?.id === box.id && isRunning;
	const successorMade = successorOf(box, state, run) !== undefined;
	if (
		kind === 'removeContainer' &&
		isReplaced &&
		run.target === 'ready' &&
		mayStandBeside(box.svc, state, run) &&
		!successorMade
	) {
		broken.push('D22 nothing that runs is given up before its successor is made');
	}
	if (kind === 'restartContainer' && !box.cut) {
		broken.push('only what is cut off is restarted');
	}
	if (
		kind === 'renameContainer' &&
		((isOlder &&
			!isSurplus &&
			successorOf(box, state, run) === undefined &&
			newestStarted(box.svc, state)?.id !== box.id) ||
			!isEqual(box, state, run))
	) {
		broken.push('only what is as it should be is renamed');
	}
	if (kind === 'stopContainer' && !isMeantToStop && !successorMade) {
		broken.push('what shall run is not stopped');
	}
	const isFree = !hasPort(box, run) || !run.services[box.svc].port.includes(2);
	const isHandingOver = run.services[box.svc].strategy === 'hand-over' && box.aside && isOlder && isRunning && isFree;
	const successor = newestAlive(box.svc, state);
	if (kind === 'removeContainer' && isHandingOver && successor !== undefined && isEqual(successor, state, run)) {
		broken.push('a container in a hand-over stays until its successor reports it');
	}
	return broken;
}

function judgeCreation(svc: Svc, state: State, run: Run): readonly string[] {
	const broken: string[] = [];
	if (missing(state, run)) {
		broken.push('I4 nothing is created before all images are there');
	}
	if (state.held !== 'all') {
		broken.push('I6 creation needs the update locks of all services');
	}
	if (!run.services[svc].joins && !['right', 'left', 'fresh'].includes(state.net)) {
		broken.push('I7 the network comes first');
	}
	if (svc === 'a' && state.vol === 'absent') {
		broken.push('I7 the volume comes first');
	}
	if (!isWanted(run, svc)) {
		broken.push('only what the target names is created');
	}
	return broken;
}

function judgeStart(svc: Svc, box: Box | undefined, state: State, run: Run): readonly string[] {
	const broken: string[] = [];
	const isBox = (other: Box) => other.id === box?.id;
	if (state.boxes.some((other) => !isBox(other) && (other.run === 'removing' || other.run === 'dead'))) {
		broken.push('P20 nothing is started while a container of the app leaves');
	}
	const takesPort = box === undefined ? run.services[svc].port.includes(2) : hasPort(box, run);
	if (takesPort && state.boxes.some((other) => !isBox(other) && hasPort(other, run) && isUp(other))) {
		broken.push('P20 a port has one owner');
	}
	for (const { service, condition } of run.services[svc].dependsOn) {
		const other = wantedSvcs(run).find((each) => each === service);
		const back = other !== undefined && run.services[other].dependsOn.some((edge) => edge.service === svc);
		if (other !== undefined && !back && !isMet(other, condition, state, run)) {
			broken.push(`I8 ${condition} of a dependency is waited for`);
		}
	}
	return broken;
}

function isMet(svc: Svc, condition: string, state: State, run: Run): boolean {
	const newest = newestAlive(svc, state);
	const box = newest?.started === false && !isEqual(newest, state, run) ? newestStarted(svc, state) : newest;
	if (box === undefined || !isEqual(box, state, run)) {
		return false;
	}
	if (!shallRun(box, state, run) && box.run === 'created') {
		return true;
	}
	switch (condition) {
		case 'service_healthy':
			return box.run === 'running' && box.ready;
		case 'service_completed_successfully':
			return box.run === 'exited' && !box.failed;
		default:
			return box.started && (box.run !== 'exited' || run.services[svc].isJob || !shallRun(box, state, run));
	}
}

function shallRun(box: Box, state: State, run: Run): boolean {
	return run.services[box.svc].running && !isHeldStopped(box, state, run);
}

/** May be left when the commit is recorded: what follows it. */
const OF_LOOP: readonly Left[] = ['postponed vpn', 'settling'];
const OF_HOST: readonly Left[] = ['host OS', 'boot of the host OS', 'record of the host OS'];
const AFTER_COMMIT: readonly Left[] = ['commit', 'lock', 'old image', 'reboot', 'request', ...OF_LOOP, ...OF_HOST];
const AFTER_RELEASE: readonly Left[] = ['lock', 'old image', 'reboot', 'request', ...OF_LOOP, ...OF_HOST];

function judgeOther(step: ProposedStep['step'], state: State, run: Run): readonly string[] {
	const isLeftOnly = (allowed: readonly Left[]) => [...findLeft(state, run)].every((left) => allowed.includes(left));
	switch (step.kind) {
		case 'recordCommit':
			return isLeftOnly(AFTER_COMMIT) ? [] : ['I10 the commit is recorded when nothing else is left to do'];
		case 'releaseLock':
			return isLeftOnly(AFTER_RELEASE) ? [] : ['I11 locks are released when nothing else is left to do'];
		case 'reboot': {
			const isDone = isLeftOnly(['reboot', 'boot of the host OS', ...OF_LOOP]) && state.reboot === 'required';
			return isDone ? [] : ['I2 a reboot comes when nothing else is left to do'];
		}
		case 'removeVolume': {
			if (step.name === 'unused') {
				return [];
			}
			if (step.name === 'first' || step.name === 'fresh') {
				const isMeant = (run.request === 'purgeApp' && state.request !== 'none') || run.target === 'absent';
				return isMeant ? [] : ['D23 volumes without a name end with their app, or by purge'];
			}
			const isAsked = run.request === 'purgeApp' && state.request === 'open' && state.vol !== 'fresh';
			return isAsked || run.target === 'absent' ? [] : ['I9 volumes are not removed because no release names them'];
		}
		case 'removeNetwork': {
			const name = step.networkId === 'm1' ? SPARE : NET;
			const isUsed = state.boxes.some((box) => usesNetwork(box, name, run));
			const isThere = step.networkId === 'm1' || NETWORK_IDS[state.net].includes(step.networkId);
			return isUsed || !isThere ? ['I7 a network goes after its users'] : [];
		}
		case 'pullImage':
			return wantedSvcs(run)
				.filter((svc) => step.reference.includes(`/${svc}@`))
				.flatMap((svc) => judgePull(svc, state, run));
		case 'forgetImage':
			return judgeForgetting(step.recordId, state, run);
		default:
			return [];
	}
}

function judgePull(svc: Svc, state: State, run: Run): readonly string[] {
	const broken: string[] = [];
	const { strategy } = run.services[svc];
	if (killsBeforeDownload(strategy) && state.boxes.some((box) => box.svc === svc)) {
		broken.push('I5 the old container goes before the new image is fetched');
	}
	if (strategy === 'delete-then-download' && state.pics[svc].oldRow && !run.keepImages) {
		broken.push('I5 the old image goes before the new one is fetched');
	}
	if (state.pics[svc].newRow === 'none') {
		broken.push('the row that says whose image it is comes before the pull');
	}
	return broken;
}

function judgeForgetting(recordId: number, state: State, run: Run): readonly string[] {
	const broken: string[] = [];
	const svc = (['a', 'b', 'c'] as const)[recordId % 10] ?? 'a';
	const isEarly = isWanted(run, svc) && run.services[svc].strategy === 'delete-then-download';
	if (!isEarly && missing(state, run)) {
		broken.push('I14 no image is removed beside a download');
	}
	if (!isEarly && run.target === 'ready' && findLeft(state, run).has('container')) {
		broken.push('P4 images of an app stay until it is on target');
	}
	if (recordId >= 20 && isWanted(run, svc)) {
		broken.push('the row of the target stays');
	}
	if (run.keepImages) {
		broken.push('images are kept');
	}
	return broken;
}
