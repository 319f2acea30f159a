import type { EngineEnd, EngineStart } from '../../../tools/device/index.ts';
import type { Random } from '../../support/random.ts';

/** `alone`: its containerd keeps running. `child`: its containerd is its child. `both`: two daemons, at the same moment. */
type Victim = 'alone' | 'child' | 'both';

interface DeathKind {
	readonly signal: EngineEnd['signal'];
	readonly victim: Victim;
	readonly activation: EngineStart['activation'];
	readonly moment: 'idle' | 'update';
}

const VICTIMS: Readonly<Record<Victim, string>> = {
	alone: 'dockerd alone',
	child: 'dockerd with its child containerd',
	both: 'dockerd and the containerd of the host',
};
/** Fewer cannot have one of everything. */
const VARIETY_MIN = 3;
const MOMENTS = { idle: 'at rest', update: 'in an update' };

export function listDeathKinds(): readonly DeathKind[] {
	const signals = ['SIGKILL', 'SIGTERM'] as const;
	const victims = ['alone', 'child', 'both'] as const;
	const activations = ['plain', 'socket'] as const;
	const moments = ['idle', 'update'] as const;
	return signals.flatMap((signal) =>
		victims.flatMap((victim) =>
			activations.flatMap((activation) => moments.map((moment) => ({ signal, victim, activation, moment }))),
		),
	);
}

/**
 * So many of them, each once before one comes twice, in an order that seldom changes how the engine is started. Few of
 * them are chosen so that each signal, victim, way of activation and moment is among them, if it is among the kinds.
 */
export function chooseDeathKinds(
	kinds: readonly DeathKind[],
	{ count, random }: { readonly count: number; readonly random: Random },
): readonly DeathKind[] {
	const chosen: DeathKind[] = [];
	while (chosen.length < count) {
		const wanted = Math.min(count - chosen.length, kinds.length);
		let some = shuffle(kinds, random).slice(0, wanted);
		while (wanted >= VARIETY_MIN && countWords(some) < countWords(kinds))
			some = shuffle(kinds, random).slice(0, wanted);
		chosen.push(...some);
	}
	const startOf = (kind: DeathKind) => describeStart(startFor(kind));
	return chosen.toSorted((a, b) => startOf(a).localeCompare(startOf(b)));
}

function countWords(kinds: readonly DeathKind[]): number {
	return new Set(kinds.flatMap(({ signal, victim, activation, moment }) => [signal, victim, activation, moment])).size;
}

export function startFor({ victim, activation }: Pick<DeathKind, 'victim' | 'activation'>): EngineStart {
	return { activation, containerd: victim === 'child' ? 'child' : 'separate', pauseSeconds: 1 };
}

export function endFor({ signal, victim }: DeathKind): EngineEnd {
	// A child is ended by its engine, in order or by dying with it; see engine-ends.spec.ts.
	return { signal, withContainerd: victim === 'both' };
}

export function describeStart({ activation, containerd }: EngineStart): string {
	return `${activation} socket, ${containerd} containerd`;
}

export function describeKind({ signal, victim, activation, moment }: DeathKind): string {
	return `${signal} to ${VICTIMS[victim]}, ${activation === 'socket' ? 'socket activation' : 'plain'}, ${MOMENTS[moment]}`;
}

function shuffle<T>(items: readonly T[], random: Random): readonly T[] {
	return items
		.map((item) => ({ item, at: random.next() }))
		.sort((a, b) => a.at - b.at)
		.map(({ item }) => item);
}
