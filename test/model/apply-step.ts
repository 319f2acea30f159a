import type { Creation, LeftVolumes, Step, StepOf } from '../../src/domain/step.ts';
import { afterMark, afterReboot, applyConfigStep } from './device-config.ts';
import { applyHostStep } from './host-os.ts';
import { ANONYMOUS, nameOf, NET, NETWORK_IDS, referenceOf, SPARE } from './present.ts';
import { contentOf, type Run } from './run.ts';
import { change, SVCS, withBoxes, without, type Box, type Pics, type State, type Svc } from './state.ts';

/** The effect of a step on the world, or why the world refuses it. Shares no code with the executors. */
export type Effect = { readonly state: State } | { readonly refused: string };

export function applyStep(step: Step, state: State, run: Run): Effect {
	switch (step.kind) {
		case 'createContainer':
			return createBox(step, state, run);
		case 'startContainer':
		case 'unpauseContainer':
		case 'stopContainer':
		case 'restartContainer':
		case 'removeContainer':
		case 'renameContainer':
		case 'finishHandOver':
		case 'handOver':
			return applyToBox(step, state, run);
		case 'takeLock':
			return state.theirs && !step.force
				? { state: { ...state, held: 'none', pausing: true } }
				: { state: { ...state, held: 'all', theirs: false, pausing: false } };
		case 'releaseLock':
			return { state: { ...state, held: 'none' } };
		case 'recordCommit':
			return step.commit === 'c2' ? { state: { ...state, commit: true } } : { refused: `commit ${step.commit}` };
		case 'markReboot':
			return { state: withConfig({ ...state, reboot: 'required' }, afterMarkOf(step, state, run)) };
		case 'reboot':
			return { state: withConfig({ ...state, reboot: 'down' }, state.config && afterReboot(state.config)) };
		case 'createNetwork':
		case 'removeNetwork':
		case 'createVolume':
		case 'removeVolume':
			return applyToParts(step, state, run);
		case 'recordImage':
		case 'pullImage':
		case 'forgetImage':
			return applyToImages(step, state, run);
		case 'changeSettings':
		case 'changeBootConfig':
		case 'setVpn':
		case 'giveUpReboots':
			return applyToConfig(step, state, run);
		case 'fetchHostUpdater':
		case 'updateHost':
		case 'recordHostRelease': {
			const host = state.host && applyHostStep(step, state.host);
			return host === undefined ? { refused: 'the target has no host app' } : { state: { ...state, host } };
		}
		default:
			return { refused: 'the model knows nothing that this could be for' };
	}
}

function afterMarkOf({ cause }: StepOf<'markReboot'>, { config }: State, run: Run) {
	return config && run.config && afterMark(config, cause?.what, run.config);
}

function withConfig(state: State, config: State['config']): State {
	return config === undefined ? state : { ...state, config };
}

function applyToConfig(step: Step, state: State, run: Run): Effect {
	const config = state.config && run.config && applyConfigStep(step, state.config, run.config);
	return config === undefined ? { refused: 'the device is as the target wants it' } : { state: { ...state, config } };
}

export function createBox({ spec, name, owners, anonymousVolumes }: Creation, state: State, run: Run): Effect {
	const { pics, boxes, net, vol } = state;
	const svc = spec.identity.serviceName as Svc;
	const temp = name.startsWith('new_') ? 1 : name.startsWith('new2_') ? 2 : 0;
	const { joins } = run.services[svc];
	if (!pics[svc].new) {
		return { refused: 'its image is not there' };
	}
	if (!joins && net === 'absent') {
		return { refused: 'its network is not there' };
	}
	if (svc === 'a' && vol === 'absent') {
		return { refused: 'its volume would be made by the engine' };
	}
	const owner = boxes.find(({ id }) => id === owners['a']);
	if (joins && owner === undefined) {
		return { refused: 'the container whose network it joins is not there' };
	}
	if (boxes.some((box) => nameOf(box) === name)) {
		return { refused: 'its name is taken' };
	}
	const volume = anonymousVolumes[ANONYMOUS];
	if (volume !== undefined && volume !== 'first' && volume !== 'fresh') {
		return { refused: 'there is no such volume' };
	}
	const own = boxes.filter((box) => box.svc === svc);
	const number = [2, 3, 4, 5].find((n) => !own.some((box) => box.id === `${svc}${n}`)) ?? 6;
	const box: Box = {
		id: `${svc}${number}`,
		svc,
		release: 2,
		aside: false,
		made: 'new',
		run: 'created',
		rank: Math.max(-1, ...own.map(({ rank }) => rank)) + 1,
		started: false,
		ready: false,
		failed: false,
		young: true,
		temp,
		data: run.anonymous && svc === 'a' ? (volume ?? 'fresh') : '',
		joined: joins ? (owner?.id ?? '') : '',
		cut: false,
		quiet: false,
	};
	return { state: withBoxes(state, [...boxes, box]) };
}

function newestOf(svc: Svc, boxes: readonly Box[]): Box | undefined {
	const own = boxes.filter((box) => box.svc === svc);
	const alive = own.filter(({ run }) => run !== 'removing' && run !== 'dead');
	return (alive.length > 0 ? alive : own).sort((x, y) => y.rank - x.rank)[0];
}

type BoxStep = StepOf<
	| 'startContainer'
	| 'unpauseContainer'
	| 'stopContainer'
	| 'restartContainer'
	| 'removeContainer'
	| 'renameContainer'
	| 'finishHandOver'
	| 'handOver'
>;

function applyToBox(step: BoxStep, state: State, run: Run): Effect {
	const box = state.boxes.find(({ id }) => id === step.containerId);
	if (box === undefined) {
		return { refused: 'the container is not there' };
	}
	switch (step.kind) {
		case 'startContainer':
			return startBox(box, state, run);
		case 'unpauseContainer':
			return box.run === 'paused'
				? { state: change(state, box.id, { run: 'running' }) }
				: { refused: 'the container is not paused' };
		case 'stopContainer':
			return { state: change(state, box.id, { run: 'exited', failed: false }) };
		case 'restartContainer':
			return startBox(box, change(state, box.id, { run: 'exited' }), run);
		case 'removeContainer':
		case 'finishHandOver':
			return {
				state: remember(without(state, box.id), [...Object.values(step.volumes.keep), ...unusedOf(step.volumes)]),
			};
		case 'renameContainer':
			return renameBox(box, { release: 2, aside: false, temp: 0 }, state);
		case 'handOver': {
			const moved = renameBox(box, { aside: true }, change(state, box.id, { quiet: true }));
			const there =
				'state' in moved ? moved.state.boxes.find((each) => nameOf(each) === step.creation.name) : undefined;
			if (there !== undefined && 'state' in moved) {
				return startBox(there, moved.state, run); // made before a crash
			}
			const made = 'state' in moved ? createBox(step.creation, moved.state, run) : moved;
			const successor = 'state' in made ? newestOf(box.svc, made.state.boxes) : undefined;
			return 'state' in made && successor !== undefined ? startBox(successor, made.state, run) : made;
		}
	}
}

/** Never mounted by anything that ran: one stands for all of them. */
function unusedOf({ drop }: LeftVolumes): readonly string[] {
	return drop.length > 0 ? ['unused'] : [];
}

function remember(state: State, names: readonly string[]): State {
	const kept = new Set([...state.kept.split(',').filter((name) => name !== ''), ...names]);
	return { ...state, kept: [...kept].sort().join(',') };
}

/** It has a new process; containers in the namespace of the old one are cut off. */
export function cutOff(state: State, owner: string): State {
	const boxes = state.boxes.map((box) => (box.joined === owner && isUp(box) ? { ...box, cut: true } : box));
	return { ...state, boxes };
}

export function renameBox(box: Box, to: Partial<Pick<Box, 'release' | 'aside' | 'temp'>>, state: State): Effect {
	const name = nameOf({ ...box, ...to });
	return state.boxes.some((other) => other.id !== box.id && nameOf(other) === name)
		? { refused: `the name ${name} is taken` }
		: { state: change(state, box.id, to) };
}

function startBox(box: Box, state: State, run: Run): Effect {
	const { joins } = run.services[box.svc];
	const owner = state.boxes.find(({ id }) => id === box.joined);
	if (joins && owner?.run !== 'running' && owner?.run !== 'paused') {
		return { refused: 'the container whose network it joins does not run' };
	}
	if (!joins && state.net === 'absent') {
		return { refused: 'its network is not there' };
	}
	const rival = state.boxes.find((other) => other.id !== box.id && hasPort(other, run) && isUp(other));
	if (hasPort(box, run) && rival !== undefined) {
		return { refused: `${rival.id} has its port` };
	}
	const begun = change(state, box.id, { run: 'running', started: true, ready: false, failed: false, cut: false });
	return { state: cutOff(begun, box.id) };
}

export function hasPort(box: Box, run: Run): boolean {
	return run.services[box.svc].port.includes(box.made === 'old' ? 1 : 2);
}

/** One that is being removed may still have what it had. */
export function isUp({ run }: Box): boolean {
	return run !== 'created' && run !== 'exited' && run !== 'dead';
}

export function usesNetwork(box: Box, name: string, run: Run): boolean {
	const { joins } = run.services[box.svc];
	return name === SPARE ? run.dropsNetwork && box.svc === 'a' && box.made === 'old' : !joins;
}

function applyToParts(
	step: StepOf<'createNetwork' | 'removeNetwork' | 'createVolume' | 'removeVolume'>,
	state: State,
	run: Run,
): Effect {
	switch (step.kind) {
		case 'createNetwork':
			return state.net === 'absent' && step.network.engineName === NET
				? { state: { ...state, net: 'fresh' } }
				: { refused: 'there is one of that name' };
		case 'removeNetwork': {
			if (state.boxes.some((box) => isUp(box) && usesNetwork(box, step.name, run))) {
				return { refused: 'a container is on the network' };
			}
			if (step.networkId === 'm1') {
				return state.spare ? { state: { ...state, spare: false } } : { refused: 'the network is not there' };
			}
			if (!NETWORK_IDS[state.net].includes(step.networkId)) {
				return { refused: 'the network is not there' };
			}
			const isOneOfTwo = state.net === 'twice';
			return { state: { ...state, net: isOneOfTwo ? (step.networkId === 'n1' ? 'left' : 'right') : 'absent' } };
		}
		case 'createVolume':
			return state.vol === 'absent' ? { state: { ...state, vol: 'fresh' } } : { refused: 'there is one of that name' };
		case 'removeVolume':
			if (step.name === 'first' || step.name === 'fresh' || step.name === 'unused') {
				const left = state.kept.split(',').filter((name) => name !== step.name);
				return state.boxes.some(({ data }) => data === step.name)
					? { refused: 'a container has the volume' }
					: { state: { ...state, kept: left.join(',') } };
			}
			if (state.boxes.some(({ svc }) => svc === 'a')) {
				return { refused: 'a container has the volume' };
			}
			return state.vol === 'absent' ? { refused: 'the volume is not there' } : { state: { ...state, vol: 'absent' } };
	}
}

function applyToImages(step: StepOf<'recordImage' | 'pullImage' | 'forgetImage'>, state: State, run: Run): Effect {
	switch (step.kind) {
		case 'recordImage': {
			const svc = step.serviceName as Svc;
			const isHere = step.engineImageId !== undefined;
			if (isHere && !state.pics[svc].new) {
				return { refused: 'the image is not there' };
			}
			return { state: withPics(state, svc, { newRow: isHere ? 'full' : 'awaited' }) };
		}
		case 'pullImage': {
			const svc = SVCS.find((each) => referenceOf(each, 'new') === step.reference);
			return svc === undefined ? { refused: 'not in the target' } : { state: withPics(state, svc, { new: true }) };
		}
		case 'forgetImage': {
			const svc = SVCS[step.recordId % 10] ?? 'a';
			const release = step.recordId < 20 ? 1 : 2;
			const content = contentOf(run, svc, release);
			const isUsed = state.boxes.some((box) => box.svc === svc && contentOfBox(box, run) === content);
			const goes = step.references.length > 0 && !isUsed;
			return {
				state: withPics(state, svc, {
					...(release === 1 ? { oldRow: false } : { newRow: 'none' }),
					...(goes ? { [content]: false } : {}),
				}),
			};
		}
	}
}

export function contentOfBox(box: Box, run: Run): 'old' | 'new' {
	return contentOf(run, box.svc, box.made === 'old' ? 1 : 2);
}

function withPics(state: State, svc: Svc, pics: Partial<Pics>): State {
	return { ...state, pics: { ...state.pics, [svc]: { ...state.pics[svc], ...pics } } };
}
