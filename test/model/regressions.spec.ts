import { expect } from 'chai';
import { describeFinding, Explorer } from './explore.ts';
import { runOf, type Run } from './run.ts';
import type { Box, State, Svc } from './state.ts';

/** States in which the model check once found a fault, which must stay fixed. */
interface Regression {
	readonly name: string;
	readonly run: Run;
	readonly state: State;
}

const hand = { strategy: 'hand-over', before: 'hand-over' } as const;

function box(id: string, parts: Partial<Box> = {}): Box {
	// Ids begin with the name of their service.
	const svc = id.charAt(0) as Svc;
	const base = { release: 2, aside: false, made: 'new', run: 'running', started: true, ready: false } as const;
	return {
		id,
		svc,
		...base,
		rank: Number(id.slice(1)),
		failed: false,
		young: false,
		temp: 0,
		data: '',
		joined: '',
		cut: false,
		quiet: false,
		...parts,
	};
}

const old = { release: 1, made: 'old' } as const;
const done = { old: false, new: true, oldRow: false, newRow: 'full' } as const;

function state(boxes: readonly Box[], rest: Partial<State> = {}): State {
	return {
		boxes,
		pics: { a: done, b: done, c: done },
		net: 'right',
		spare: false,
		vol: 'right',
		held: 'all',
		theirs: false,
		pausing: false,
		commit: false,
		reboot: 'none',
		request: 'none',
		kept: '',
		unsteady: false,
		...rest,
	};
}

const REGRESSIONS: readonly Regression[] = [
	{
		name: 'a service that hands over was renamed before all images of its release were there',
		run: runOf('', { c: hand }),
		state: state([box('a1'), box('b1', old), box('c1', old)], {
			pics: { a: done, b: { old: true, new: false, oldRow: true, newRow: 'awaited' }, c: done },
		}),
	},
	{
		name: 'a container was to be renamed while an older one still had the name',
		run: runOf('', {}),
		state: state([box('a1'), box('b1'), box('c0', { run: 'removing' }), box('c1', old)]),
	},
	{
		name: 'locks were released while a container was still being removed',
		run: runOf('', {}),
		state: state([box('a1'), box('b1'), box('c0', { ...old, run: 'removing' }), box('c1')], { commit: true }),
	},
	{
		name: 'locks of an app that left were released while its last container was still being removed',
		run: runOf('', { target: 'absent' }),
		state: state([box('b1', { ...old, run: 'removing' })], { net: 'absent', vol: 'absent' }),
	},
	{
		name: 'locks were released while the commit could not be recorded',
		run: runOf('', {}),
		state: state([box('a1'), box('b1'), box('c1')]),
	},
	{
		name: 'a container was to be started without its network, which could not be made',
		run: runOf('', {}),
		state: state([box('a1'), box('b1'), box('c1', { run: 'exited' })], { net: 'absent' }),
	},
	{
		name: 'a container was removed beside the end of its own hand-over',
		run: runOf('', { c: { joins: true, flavour: 'changed', ...hand } }),
		state: state([
			box('a1', old),
			box('b1'),
			box('c0', { ...old, aside: true, quiet: true, run: 'exited', joined: 'a1' }),
			box('c1', { run: 'created', started: false, joined: 'a1' }),
		]),
	},
];

describe('model of one app, regressions', () => {
	for (const { name, run, state: start } of REGRESSIONS) {
		it(name, () => {
			const { findings } = new Explorer(run, { inFlightShare: 1 }).explore([start]);
			expect(findings.map(describeFinding).join('\n\n')).to.equal('');
		});
	}
});
