import type { TargetDocument } from '../../src/domain/target.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { calm, type EngineFaults } from '../support/fake-engine-objects.ts';
import { Random } from '../support/random.ts';
import { ConductWatch } from './conduct.ts';
import { ConfigLife } from './config-life.ts';
import { ConfigWatch } from './config-watch.ts';
import { actAsServices, meddle, request, unlockAll } from './meddle.ts';
import { AnonymousWatch } from './anonymous-watch.ts';
import { findFaults, VolumeWatch } from './oracle.ts';
import { Scenario } from './scenario.ts';
import { RESYNC_MS, World } from './world.ts';

interface SeedResult {
	readonly seed: number;
	/** Empty: the run was as it should be. */
	readonly faults: readonly string[];
	readonly passes: number;
	readonly changes: number;
}

const TURNS = 6;
const TURN_MS_MAX = 20_000;
/** It ends its containers one after the other first. */
const ENGINE_END_MS = 8000;
const ENGINE_AWAY_MS_MAX = 10_000;
/** Long enough for every backoff that the faults may have caused, and for images whose clean-up failed. */
const CALM_MS = 75 * 60_000;
/** In a calm run all started steps have ended then. */
const SETTLE_MS = 120_000;
/** A reboot may be due in the quiet phase too. */
const CALM_STEP_MS = 60_000;
/** So that the device's own configuration has its own random numbers. */
const CONFIG_SEED = 0x00c0_ff16;

interface SeedOptions {
	readonly trace?: ((line: string) => void) | undefined;
	/** `false`: targets ask nothing of the device itself. */
	readonly config?: boolean;
}

/** One simulated device: targets, faults, outside changes and crashes for a while, then quiet, then the verdict. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
	const { trace = () => undefined, config = true } = options;
	const random = new Random(seed);
	const ownRandom = new Random(seed ^ CONFIG_SEED);
	const world = new World(() => random.next());
	const scenario = new Scenario(random, world.engine.registry);
	const watch = new VolumeWatch();
	const anonymous = new AnonymousWatch();
	let crashes = 0;
	const faults: string[] = [];
	const isRough = seed % 4 !== 0; // every fourth run is calm: nothing may be refused in it
	let target: TargetDocument | undefined;
	world.onPass = () => {
		faults.push(...findConflicts(world));
		configWatch.notePass();
	};
	const conduct = new ConductWatch(world);
	const life = config ? new ConfigLife(world, ownRandom) : undefined;
	const configWatch = new ConfigWatch(world);
	const say = (text: string) => {
		trace(`${String(world.clock.now()).padStart(9)} ${text}`);
	};
	const log = tracingLog(say);
	world.systemLog = {
		write: (message) => {
			say(`   ${message}`);
		},
	};
	const setTarget = async (next: TargetDocument) => {
		target = next;
		conduct.noteTarget(next);
		configWatch.noteTarget(next);
		say(`=== target ${JSON.stringify(next.apps)} ${JSON.stringify(next.config)}`);
		await world.targets.replace(next);
	};
	const bootIfAsked = async () => {
		if (life?.isRebootDue() === true) {
			say('=== boot');
			await world.crash();
			await endEngine(world, random, () => {
				life.boot();
				configWatch.noteReboot();
			});
			world.start(log);
		}
	};
	world.start(log);
	for (let turn = 0; turn < TURNS; turn++) {
		if (isRough) {
			world.engine.faults = roughFaults(random);
			life?.fail();
		}
		if (turn === 0 || random.chance(0.6)) {
			const next = scenario.nextTarget();
			watch.note(world.engine, next, world.clock.now());
			anonymous.note(world.engine, next);
			await setTarget({ ...next, config: life?.nextVariables() ?? {} });
		} else if (target !== undefined && life !== undefined && ownRandom.chance(0.6)) {
			await world.clock.advance(isRough ? 0 : SETTLE_MS);
			conduct.watchApps({ areQuiet: !isRough && world.status.latest()?.applying === false });
			await setTarget({ ...target, config: life.nextVariables() });
		}
		await world.clock.advance(random.below(TURN_MS_MAX));
		conduct.watchApps({ areQuiet: false });
		await bootIfAsked();
		if (isRough && life !== undefined && ownRandom.chance(0.4)) {
			say('=== the device itself is changed from outside');
			life.meddle();
		}
		if (isRough && random.chance(0.4)) {
			conduct.noteDisturbance();
			meddle(world, random, anonymous);
		}
		if (isRough && random.chance(0.15)) {
			say('=== the engine ends');
			await endEngine(world, random);
		}
		if (isRough && random.chance(0.3)) {
			actAsServices(world, random);
		}
		if (random.chance(0.3)) {
			const asked = request(world, random);
			say(`=== request ${JSON.stringify(asked)}`);
			if (asked?.purges === true) {
				watch.forget(asked.appId);
				anonymous.forget(asked.appId);
			}
		}
		if (random.chance(0.3)) {
			say('=== crash');
			crashes += 1;
			await world.crash();
			await world.clock.advance(isRough ? random.below(50) : 1000); // a rough crash leaves calls under way
			configWatch.noteStart();
			world.start(log);
		}
	}
	say('=== calm');
	world.engine.faults = calm;
	unlockAll(world);
	life?.mend();
	configWatch.notePeace();
	const calmDown = async () => {
		for (let elapsedMs = 0; elapsedMs < CALM_MS; elapsedMs += CALM_STEP_MS) {
			await world.clock.advance(CALM_STEP_MS);
			await bootIfAsked();
		}
	};
	await calmDown();
	faults.push(...configWatch.findFaults());
	if (target !== undefined && configWatch.isRefused()) {
		faults.push(...(await judgeEngine(world, target))); // a refused configuration blocks nothing else
		say('=== what was refused is asked for no more');
		await setTarget({ ...target, config: {} });
		configWatch.notePeace();
		await calmDown();
		faults.push(...configWatch.findFaults());
	}
	faults.push(...conduct.faults);
	faults.push(...[...world.lockDisk.files.keys()].map((path) => `lock left behind: ${path}`));
	faults.push(
		...world.crashes.map(
			(error) => `crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
		),
	);
	if (target !== undefined) {
		faults.push(...(await judgeEngine(world, target)), ...watch.faults(world.engine));
		const asked = await world.requests.list();
		const kept = await world.keptVolumes.list();
		faults.push(...anonymous.faults(world.engine, kept, { mayLeak: crashes > 0 }));
		faults.push(
			...asked.filter(({ state }) => state === 'open').map(({ body }) => `still open: ${JSON.stringify(body)}`),
		);
	}
	faults.push(...(isRough ? [] : world.engine.refused.map((refusal) => `refused in a calm run: ${refusal}`)));
	faults.push(...(await findUnrest(world)));
	await world.crash();
	return { seed, faults, passes: world.passes, changes: world.engine.changes.length };
}

/** A service that a user has stopped must not run. */
async function judgeEngine(world: World, target: TargetDocument): Promise<readonly string[]> {
	const asked = await world.requests.list();
	const stopped = asked.flatMap(({ body }) => (body.kind === 'stopService' ? [body.containerId] : []));
	return findFaults(world.engine, target, new Set(stopped));
}

/** The host ends the engine and starts it again. */
async function endEngine(world: World, random: Random, meanwhile: () => void = () => undefined): Promise<void> {
	const ended = world.engine.goDown();
	await world.clock.advance(ENGINE_END_MS + random.below(ENGINE_AWAY_MS_MAX));
	await ended;
	meanwhile();
	world.engine.comeBack();
}

function tracingLog(say: (text: string) => void): Log {
	const at = (message: string, fields: LogFields = {}) => {
		say(`${message} ${JSON.stringify(fields)}`);
	};
	const log: Log = { error: at, warn: at, info: at, debug: at, child: () => log };
	return log;
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

/** Of two steps in flight neither may write what the other reads or writes, nor a path above or below it. */
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

/** On target the loop is idle: no change, and no pass except resyncs. */
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
