import type { TargetDocument } from '../../src/domain/target.ts';
import { calm, type EngineFaults } from '../support/fake-engine-objects.ts';
import { Random } from '../support/random.ts';
import { findFaults, VolumeWatch } from './oracle.ts';
import { Scenario } from './scenario.ts';
import { RESYNC_MS, World } from './world.ts';

export interface SeedResult {
	readonly seed: number;
	/** Empty: the run was as it should be. */
	readonly faults: readonly string[];
	readonly passes: number;
	readonly changes: number;
}

const TURNS = 6;
const TURN_MS_MAX = 20_000;
/** Long enough for every backoff that the faults may have caused. */
const CALM_MS = 30 * 60_000;

/** One life of a device: targets, faults, outside hands and crashes for a while, then peace, then the verdict. */
export async function runSeed(seed: number): Promise<SeedResult> {
	const random = new Random(seed);
	const world = new World(() => random.next());
	const scenario = new Scenario(random, world.engine.registry);
	const watch = new VolumeWatch();
	const faults: string[] = [];
	const isRough = seed % 4 !== 0; // every fourth life is calm: nothing may be refused in it
	let target: TargetDocument | undefined;
	world.onPass = () => {
		faults.push(...findConflicts(world));
	};
	world.start();
	for (let turn = 0; turn < TURNS; turn++) {
		if (isRough) {
			world.engine.faults = roughFaults(random);
		}
		if (turn === 0 || random.chance(0.6)) {
			const next = scenario.nextTarget();
			watch.note(world.engine, next, world.clock.now());
			target = next;
			await world.targets.replace(next);
		}
		await world.clock.advance(random.below(TURN_MS_MAX));
		if (isRough && random.chance(0.4)) {
			meddle(world, random);
		}
		if (random.chance(0.3)) {
			await world.crash();
			await world.clock.advance(isRough ? random.below(50) : 1000); // a rough crash leaves calls under way
			world.start();
		}
	}
	world.engine.faults = calm;
	await world.clock.advance(CALM_MS);
	faults.push(
		...world.crashes.map(
			(error) => `crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
		),
	);
	if (target !== undefined) {
		faults.push(...findFaults(world.engine, target), ...watch.faults(world.engine));
	}
	faults.push(...(isRough ? [] : world.engine.refused.map((refusal) => `refused in a calm run: ${refusal}`)));
	faults.push(...(await findUnrest(world)));
	await world.crash();
	return { seed, faults, passes: world.passes, changes: world.engine.changes.length };
}

function roughFaults(random: Random): EngineFaults {
	const rate = random.pick([0, 0.05, 0.2]);
	return {
		latencyMs: () => random.below(400),
		failure: () => (random.chance(rate) ? random.pick(['before', 'after'] as const) : undefined),
		losesEvent: () => random.chance(rate),
		repeatsEvent: () => random.chance(rate),
	};
}

/** Another hand on the engine. */
function meddle(world: World, random: Random): void {
	const { containers, images, networks } = world.engine;
	const container = [...containers.values()][random.below(Math.max(1, containers.size))];
	const image = [...images.values()][random.below(Math.max(1, images.size))];
	const network = [...networks.values()][random.below(Math.max(1, networks.size))];
	switch (random.below(6)) {
		case 0:
			if (container !== undefined) {
				containers.delete(container.id);
			}
			return;
		case 1:
			if (container?.status === 'running') {
				world.engine.exit(container.id, random.below(2));
			}
			return;
		case 2:
			// The engine lets nobody remove a network that is in use.
			if (network !== undefined && ![...containers.values()].some((c) => c.networks.has(network.Name))) {
				networks.delete(network.Name);
			}
			return;
		case 3:
			if (container !== undefined) {
				container.name = `renamed_1_2_${'e'.repeat(8)}`;
			}
			return;
		case 4:
			world.engine.volumes.delete('extra-firmware');
			return;
		default:
			if (image !== undefined && ![...containers.values()].some((c) => c.image === image.id)) {
				images.delete(image.id);
			}
	}
}

/** Of two steps in flight neither may write what the other reads or writes, what lies above or below it included. */
function findConflicts(world: World): readonly string[] {
	const faults: string[] = [];
	const steps = world.inFlight();
	for (const [n, one] of steps.entries()) {
		for (const other of steps.slice(n + 1)) {
			const touched = [...other.footprint.writes, ...other.footprint.reads];
			const clash =
				one.footprint.writes.find((path) => touched.some((with_) => isSameOrBelow(path, with_))) ??
				one.footprint.reads.find((path) => other.footprint.writes.some((with_) => isSameOrBelow(path, with_)));
			if (clash !== undefined) {
				faults.push(`"${one.id}" and "${other.id}" both touch ${clash}`);
			}
		}
	}
	return faults;
}

function isSameOrBelow(a: string, b: string): boolean {
	const [short, long] = a.length < b.length ? [a, b] : [b, a];
	return `${long}/`.startsWith(`${short}/`);
}

/** On target there is silence: no change, and no pass but those of the resync timer. */
async function findUnrest(world: World): Promise<readonly string[]> {
	const changes = world.engine.changes.length;
	const passes = world.passes;
	const periods = 4;
	await world.clock.advance(periods * RESYNC_MS + 1000);
	const faults = world.engine.changes
		.slice(changes)
		.map(({ call, subject }) => `still busy on target: ${call} ${subject}`);
	const woken = world.passes - passes;
	return woken > periods + 1 ? [...faults, `${woken} passes in ${periods} resync periods of silence`] : faults;
}
