import { configStates } from './device-config.ts';
import { hostStates } from './host-os.ts';
import { contentOf, type Run } from './run.ts';
import { SVCS, withBoxes, type Box, type Pics, type State, type Svc } from './state.ts';

/** How far the beginnings differ from a base: in how many places at once. */
interface Breadth {
	/** Places in which a beginning may differ from each base. */
	readonly places: number;
	/** One of so many of them, and which one. */
	readonly share: number;
	readonly offset: number;
}

type BoxShape = Partial<Box> & { readonly of: 'old' | 'new' };

/** What may be there of one service. */
const SITUATIONS: readonly (readonly BoxShape[])[] = [
	[],
	[{ of: 'old', run: 'running' }],
	[{ of: 'old', run: 'created' }],
	[{ of: 'old', run: 'exited' }],
	[{ of: 'old', run: 'paused' }],
	[{ of: 'old', run: 'dead' }],
	[{ of: 'old', run: 'removing' }],
	[{ of: 'new', run: 'running' }],
	[{ of: 'new', run: 'created', young: true }],
	[{ of: 'new', run: 'exited' }],
	[{ of: 'new', run: 'exited', failed: true }],
	[{ of: 'new', run: 'paused' }],
	[{ of: 'new', run: 'dead' }],
	[{ of: 'new', run: 'removing' }],
	[{ of: 'new', run: 'running', made: 'odd' }],
	// The content of release 2 under the name of release 1.
	[{ of: 'new', run: 'running', release: 1 }],
	// An older one beside the newest.
	[
		{ of: 'old', run: 'running' },
		{ of: 'new', run: 'running' },
	],
	[
		{ of: 'new', run: 'running' },
		{ of: 'old', run: 'running' },
	],
	[
		{ of: 'old', run: 'removing' },
		{ of: 'new', run: 'created', young: true },
	],
	[
		{ of: 'old', run: 'running' },
		{ of: 'new', run: 'dead' },
	],
	// Made to take its place.
	[
		{ of: 'old', run: 'running' },
		{ of: 'new', run: 'created', young: true },
	],
	[
		{ of: 'old', run: 'exited' },
		{ of: 'new', run: 'created', young: true },
	],
	[
		{ of: 'new', run: 'running', made: 'odd' },
		{ of: 'new', run: 'created', temp: 1 },
	],
	// Made for a target that is not wanted any more.
	[
		{ of: 'new', run: 'running' },
		{ of: 'new', run: 'created', made: 'odd', temp: 1 },
	],
	[
		{ of: 'old', run: 'running' },
		{ of: 'old', run: 'created', temp: 1 },
	],
	// Handing over, by steps.
	[{ of: 'old', run: 'running', aside: true, quiet: true }],
	[
		{ of: 'old', run: 'running', aside: true, quiet: true },
		{ of: 'new', run: 'created', young: true },
	],
	[
		{ of: 'old', run: 'running', aside: true, quiet: true },
		{ of: 'new', run: 'running' },
	],
	[
		{ of: 'new', run: 'running', aside: true, quiet: true },
		{ of: 'new', run: 'running', made: 'odd' },
	],
	[
		{ of: 'old', run: 'running', aside: true, quiet: true },
		{ of: 'old', run: 'running' },
	],
];

const OLD: Pics = { old: true, new: false, oldRow: true, newRow: 'none' };
const PICTURES: readonly Pics[] = [
	OLD,
	{ ...OLD, newRow: 'awaited' },
	{ old: true, new: true, oldRow: true, newRow: 'awaited' },
	{ old: true, new: true, oldRow: true, newRow: 'full' },
	{ old: false, new: true, oldRow: false, newRow: 'full' },
	{ old: false, new: true, oldRow: false, newRow: 'none' },
	{ old: false, new: false, oldRow: false, newRow: 'none' },
	{ old: false, new: false, oldRow: true, newRow: 'full' },
];

interface Choice {
	readonly boxes: Readonly<Record<Svc, number>>;
	readonly pics: Readonly<Record<Svc, number>>;
	readonly rest: Pick<State, 'net' | 'spare' | 'vol' | 'held' | 'theirs' | 'pausing' | 'commit'>;
}

const HERE: Choice['rest'] = {
	net: 'right',
	spare: false,
	vol: 'right',
	held: 'none',
	theirs: false,
	pausing: false,
	commit: false,
};

interface Base extends Choice {
	/** In how many places fewer than asked for the beginnings differ from it: what it leads to is large. */
	readonly less: number;
}

const BASES: readonly Base[] = [
	// The device never heard of the app.
	{ boxes: { a: 0, b: 0, c: 0 }, pics: { a: 6, b: 6, c: 6 }, rest: { ...HERE, net: 'absent', vol: 'absent' }, less: 1 },
	// It is on release 1, without and with the images of release 2.
	{ boxes: { a: 1, b: 1, c: 1 }, pics: { a: 0, b: 0, c: 0 }, rest: { ...HERE, spare: true }, less: 1 },
	{ boxes: { a: 1, b: 1, c: 1 }, pics: { a: 3, b: 3, c: 3 }, rest: { ...HERE, spare: true, held: 'all' }, less: 0 },
	// Only one service is not yet on release 2.
	{ boxes: { a: 1, b: 7, c: 7 }, pics: { a: 0, b: 4, c: 4 }, rest: HERE, less: 0 },
	{ boxes: { a: 7, b: 1, c: 7 }, pics: { a: 4, b: 0, c: 4 }, rest: { ...HERE, held: 'all' }, less: 0 },
	// On target.
	{ boxes: { a: 7, b: 7, c: 7 }, pics: { a: 4, b: 4, c: 4 }, rest: { ...HERE, commit: true }, less: 0 },
];

type Place = readonly ((choice: Choice) => Choice)[];

const PLACES: readonly Place[] = [
	...SVCS.map((svc): Place => SITUATIONS.map((_, n) => (to) => ({ ...to, boxes: { ...to.boxes, [svc]: n } }))),
	...SVCS.map((svc): Place => PICTURES.map((_, n) => (to) => ({ ...to, pics: { ...to.pics, [svc]: n } }))),
	(['absent', 'right', 'different', 'twice'] as const).map((net) => withRest({ net })),
	[withRest({ spare: true })],
	(['absent', 'right', 'different'] as const).map((vol) => withRest({ vol })),
	[
		withRest({ held: 'none' }),
		withRest({ held: 'some' }),
		withRest({ held: 'all' }),
		withRest({ held: 'none', theirs: true }),
		withRest({ held: 'some', theirs: true }),
	],
	[withRest({ commit: false }), withRest({ commit: true })],
];

function withRest(rest: Partial<Choice['rest']>): (choice: Choice) => Choice {
	return (choice) => ({ ...choice, rest: { ...choice.rest, ...rest } });
}

/** Every way to differ from a base in no more than so many places. */
export function* startStates(run: Run, { places, share, offset }: Breadth): Generator<State> {
	if (run.config !== undefined) {
		yield* configStarts(run);
		return;
	}
	if (run.host !== undefined) {
		yield* hostStarts(run);
		return;
	}
	let count = 0;
	for (const base of BASES) {
		for (const choice of vary(base, 0, places - base.less)) {
			const state = stateOf(choice, run);
			if (state !== undefined && (choice === base || count++ % share === offset % share)) {
				yield state;
			}
		}
	}
}

/** On target, and with one service to be replaced, for each thing in which the device itself may differ. */
function* configStarts(run: Run): Generator<State> {
	for (const base of BASES.slice(3)) {
		const state = stateOf(base, run);
		if (state === undefined) continue;
		for (const config of configStates()) {
			yield { ...state, config };
		}
	}
}

/** Likewise for each stage of an update of the host OS. */
function* hostStarts(run: Run): Generator<State> {
	for (const base of BASES.slice(3)) {
		const state = stateOf(base, run);
		if (state === undefined) continue;
		for (const host of hostStates()) {
			yield { ...state, host };
		}
	}
}

function* vary(choice: Choice, from: number, left: number): Generator<Choice> {
	yield choice;
	if (left <= 0) {
		return;
	}
	for (let n = from; n < PLACES.length; n++) {
		for (const put of PLACES[n] ?? []) {
			yield* vary(put(choice), n + 1, left - 1);
		}
	}
}

/** None where the choice cannot be: a container whose image is not there, a release that has no such service. */
function stateOf({ boxes, pics, rest }: Choice, run: Run): State | undefined {
	const shown = SVCS.flatMap((svc) => boxesOf(svc, SITUATIONS[boxes[svc]] ?? [], run));
	if (run.request !== 'none' && shown.length === 0) {
		return undefined; // a request names what is there
	}
	const images = { a: picsOf('a', pics.a, run), b: picsOf('b', pics.b, run), c: picsOf('c', pics.c, run) };
	const isImpossible = SVCS.some((svc) =>
		shown.some((box) => box.svc === svc && !images[svc][contentOf(run, svc, box.made === 'old' ? 1 : 2)]),
	);
	if (isImpossible || shown.some(({ made, svc }) => !exists(svc, made === 'old' ? 1 : 2, run))) {
		return undefined;
	}
	const joined = [...shown].reverse().find(({ svc, run: state }) => svc === 'a' && state !== 'removing');
	const request = run.request === 'none' ? 'none' : 'open';
	const spare = run.dropsNetwork && rest.spare;
	const linked = shown.map((box) => (run.services[box.svc].joins ? { ...box, joined: joined?.id ?? 'gone' } : box));
	// The volumes that a container took over were stored when it was created.
	const kept = linked.some(({ data, run: was }) => data === 'first' && was === 'created') ? 'first' : '';
	const more = { reboot: 'none', request, kept, unsteady: false } as const;
	return withBoxes({ boxes: [], pics: images, ...rest, spare, ...more }, linked);
}

function exists(svc: Svc, release: 1 | 2, run: Run): boolean {
	const { flavour } = run.services[svc];
	return release === 1 ? flavour !== 'added' : flavour !== 'dropped';
}

function boxesOf(svc: Svc, shapes: readonly BoxShape[], run: Run): readonly Box[] {
	return shapes.map(({ of, ...shape }, n): Box => {
		const state = shape.run ?? 'running';
		return {
			id: `${svc}${n + 2 - shapes.length}`,
			svc,
			release: of === 'old' ? 1 : 2,
			aside: false,
			made: of,
			run: state,
			rank: n,
			started: state !== 'created',
			ready: false,
			failed: false,
			young: false,
			temp: 0,
			data: run.anonymous && svc === 'a' ? 'first' : '',
			joined: '',
			cut: false,
			quiet: false,
			...shape,
			...(run.services[svc].flavour === 'dropped' ? { release: 1, made: 'old' } : {}),
		};
	});
}

function picsOf(svc: Svc, n: number, run: Run): Pics {
	const pics = PICTURES[n] ?? OLD;
	switch (run.services[svc].flavour) {
		case 'same':
			// One image: there as soon as either is.
			return { ...pics, old: false, new: pics.old || pics.new };
		case 'added':
			return { ...pics, old: false, oldRow: false };
		case 'dropped':
			return { ...pics, new: false, newRow: 'none' };
		case 'changed':
			return pics;
	}
}
