import { configKey, type ConfigState } from './device-config.ts';
import { hostKey, type HostState } from './host-os.ts';
import type { RunState } from '../../src/domain/service.ts';

/**
 * The world of the model check: one app of three services, with only the parts that the planner distinguishes. Plain data,
 * compared by key.
 */
export type Svc = 'a' | 'b' | 'c';
export const SVCS: readonly Svc[] = ['a', 'b', 'c'];

/** A container. */
export interface Box {
	/** Those that were there in the beginning are numbered 0 and 1, later ones from 2. */
	readonly id: string;
	readonly svc: Svc;
	/** Whose name it carries. */
	readonly release: 1 | 2;
	/** Renamed out of the way of its successor. */
	readonly aside: boolean;
	/** What it was created from: a release, or a release with changes from outside. */
	readonly made: 'old' | 'new' | 'odd';
	readonly run: RunState;
	/** Order of creation among those of its service. */
	readonly rank: number;
	readonly started: boolean;
	/** Healthy, where it has a check. */
	readonly ready: boolean;
	/** Ended with an error. */
	readonly failed: boolean;
	/** Made since the device was booted. */
	readonly young: boolean;
	/** 1 or 2: a temporary name, because its own was taken. */
	readonly temp: 0 | 1 | 2;
	/** The volume without a name that it has: that of before, or one of its own. */
	readonly data: '' | 'first' | 'fresh';
	/** The container whose network it shares. */
	readonly joined: string;
	/** That one has been started again since. */
	readonly cut: boolean;
	/** The engine does not start it again any more. */
	readonly quiet: boolean;
}

/** Images of one service and the rows that speak of them. Where both releases have the same image, it is the new one. */
export interface Pics {
	readonly old: boolean;
	readonly new: boolean;
	readonly oldRow: boolean;
	/** Awaited: without the engine's id. */
	readonly newRow: 'none' | 'awaited' | 'full';
}

export interface State {
	readonly boxes: readonly Box[];
	readonly pics: Readonly<Record<Svc, Pics>>;
	/** Left: the second of two is the only one now. Fresh: made since the beginning. */
	readonly net: 'absent' | 'right' | 'different' | 'twice' | 'left' | 'fresh';
	/** A network that only release 1 has. */
	readonly spare: boolean;
	readonly vol: 'absent' | 'right' | 'different' | 'fresh';
	/** Update locks that are ours: none, those of service a, all. */
	readonly held: 'none' | 'some' | 'all';
	/** A user holds the lock of service b. */
	readonly theirs: boolean;
	/** `takeLock` failed and pauses. */
	readonly pausing: boolean;
	readonly commit: boolean;
	readonly reboot: 'none' | 'required' | 'down';
	readonly request: 'none' | 'open' | 'holding';
	/** Volumes without a name that are remembered. */
	readonly kept: string;
	/** The engine may be going down. */
	readonly unsteady: boolean;
	/** Absent: the device itself is as its target wants it, and nothing about that changes. */
	readonly config?: ConfigState;
	/** Absent: the target has no host app. */
	readonly host?: HostState;
}

const flag = (value: boolean) => (value ? '1' : '0');

/** Boxes and pictures are shared by most of the states that they are in. */
export class Keys {
	readonly #known = new WeakMap<object, string>();

	of(state: State): string {
		const { net, spare, vol, held, theirs, pausing, commit, reboot, request, kept, unsteady } = state;
		let key = `${net} ${vol} ${held} ${reboot} ${request} ${kept} ${flag(unsteady)}${flag(spare)}${flag(theirs)}${flag(pausing)}${flag(commit)}`;
		key += state.config === undefined ? '' : ` ${this.#once(state.config, configKey)}`;
		key += state.host === undefined ? '' : ` ${this.#once(state.host, hostKey)}`;
		for (const svc of SVCS) {
			key += ` ${this.#once(state.pics[svc], picsKey)}`;
		}
		for (const box of state.boxes) {
			key += ` ${this.#once(box, boxKey)}`;
		}
		return key;
	}

	#once<T extends object>(part: T, make: (part: T) => string): string {
		const known = this.#known.get(part);
		if (known !== undefined) {
			return known;
		}
		const made = make(part);
		this.#known.set(part, made);
		return made;
	}
}

function picsKey({ old, new: fresh, oldRow, newRow }: Pics): string {
	return flag(old) + flag(fresh) + flag(oldRow) + newRow;
}

export function boxKey(box: Box): string {
	const flags = [box.aside, box.started, box.ready, box.failed, box.young, box.quiet, box.cut].map(flag).join('');
	return `${box.id},${box.release},${box.made},${box.run},${box.rank},${flags},${box.temp},${box.data},${box.joined}`;
}

/** Boxes in the order of their ids, so that equal states have equal keys. */
export function withBoxes(state: State, boxes: readonly Box[]): State {
	const sorted = [...boxes].sort((x, y) => (x.id < y.id ? -1 : 1));
	return { ...state, boxes: sorted };
}

export function change(state: State, id: string, what: Partial<Box>): State {
	return { ...state, boxes: state.boxes.map((box) => (box.id === id ? { ...box, ...what } : box)) };
}

export function without(state: State, id: string): State {
	const boxes = state.boxes.filter((box) => box.id !== id);
	return withBoxes(
		state,
		boxes.map((box) => (box.joined === id ? { ...box, joined: 'gone' } : box)),
	);
}

/** The shortest text that identifies a state. */
export function describeState(state: State): string {
	const { net, spare, vol, held, theirs, pausing, commit, reboot, request, kept, unsteady } = state;
	const boxes = state.boxes.map((box) => {
		const more = [
			box.aside && 'aside',
			box.temp > 0 && 'named temporarily',
			box.data !== '' && `volume ${box.data}`,
			box.cut && 'cut off',
			box.quiet && 'quiet',
			box.failed && 'failed',
			box.ready && 'ready',
			!box.young && 'from before the boot',
			box.joined !== '' && `joined to ${box.joined}`,
		].filter((word) => word !== false);
		return `${box.id} ${box.run} (release ${box.release}, ${box.made}${more.map((word) => `, ${word}`).join('')})`;
	});
	const images = SVCS.map((svc) => {
		const { old, new: fresh, oldRow, newRow } = state.pics[svc];
		const words = [old && 'old', fresh && 'new', oldRow && 'old row', newRow !== 'none' && `${newRow} row`];
		return `${svc}: ${words.filter((word) => word !== false).join(' + ') || 'none'}`;
	});
	const rest = [
		`network ${net}${spare ? ' + spare' : ''}`,
		`volume ${vol}`,
		`locks ${held}${theirs ? ' + theirs' : ''}${pausing ? ', pausing' : ''}`,
		`commit ${commit ? 'new' : 'old'}`,
		...(reboot === 'none' ? [] : [`reboot ${reboot}`]),
		...(request === 'none' ? [] : [`request ${request}`]),
		...(kept === '' ? [] : [`kept ${kept}`]),
		...(unsteady ? ['engine in recheck'] : []),
		...(state.config === undefined ? [] : [configKey(state.config)]),
		...(state.host === undefined ? [] : [hostKey(state.host)]),
	];
	return `${boxes.join('; ') || 'no containers'} | images ${images.join(', ')} | ${rest.join(', ')}`;
}
