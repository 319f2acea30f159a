import { LOCAL_SOURCE } from '../../src/adapters/sqlite/index.ts';
import type { TargetDocument } from '../../src/domain/target.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { calm, type EngineFaults, type FakeImage } from '../support/fake-engine-objects.ts';
import { Random } from '../support/random.ts';
import { ConductWatch } from './conduct.ts';
import { ConfigLife } from './config-life.ts';
import { ConfigWatch } from './config-watch.ts';
import { HostLife } from './host-life.ts';
import { isBuiltHere, LocalLife } from './local-life.ts';
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
/** So that the device's own configuration, and local mode, have random numbers of their own. */
const CONFIG_SEED = 0x00c0_ff16;
const LOCAL_SEED = 0x0010_ca1e;
const HOST_SEED = 0x0005_0511;

interface SeedOptions {
	readonly trace?: ((line: string) => void) | undefined;
	/** `false`: targets ask nothing of the device itself, and the device never enters local mode. */
	readonly config?: boolean;
}

/** One simulated device: targets, faults, outside changes and crashes for a while, then quiet, then the verdict. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
	return new SeedRun(seed, options).run();
}

class SeedRun {
	readonly #seed: number;
	readonly #random: Random;
	readonly #ownRandom: Random;
	readonly #world: World;
	readonly #scenario: Scenario;
	readonly #volumes = new VolumeWatch();
	readonly #anonymous = new AnonymousWatch();
	readonly #conduct: ConductWatch;
	readonly #life: ConfigLife | undefined;
	readonly #configWatch: ConfigWatch;
	readonly #local: LocalLife | undefined;
	readonly #host: HostLife | undefined;
	/** Every fourth run is calm: nothing may be refused in it. */
	readonly #isRough: boolean;
	readonly #say: (text: string) => void;
	readonly #log: Log;
	readonly #faults: string[] = [];
	/** Of the cloud. */
	#target: TargetDocument | undefined;
	#crashes = 0;

	constructor(seed: number, { trace = () => undefined, config = true }: SeedOptions) {
		const random = new Random(seed);
		const world = new World(() => random.next());
		this.#seed = seed;
		this.#random = random;
		this.#ownRandom = new Random(seed ^ CONFIG_SEED);
		this.#world = world;
		this.#scenario = new Scenario(random, world.engine.registry);
		this.#isRough = seed % 4 !== 0;
		this.#conduct = new ConductWatch(world, (call, args) => {
			this.#host?.noteCall(call, args);
		});
		this.#life = config ? new ConfigLife(world, this.#ownRandom, { reverts: isReverting(seed) }) : undefined;
		this.#configWatch = new ConfigWatch(world, { reverts: this.#life?.reverts === true });
		this.#local = config && seed % 3 === 2 ? new LocalLife(world, new Random(seed ^ LOCAL_SEED)) : undefined;
		this.#host = config && seed % 3 === 1 ? new HostLife(world, new Random(seed ^ HOST_SEED)) : undefined;
		this.#say = (text) => {
			trace(`${String(world.clock.now()).padStart(9)} ${text}`);
		};
		this.#log = tracingLog(this.#say);
		world.onPass = () => {
			this.#faults.push(...findConflicts(world));
			this.#configWatch.notePass();
		};
		world.onLocalMode = () => {
			this.#conduct.noteLocalMode();
			this.#anonymous.note(world.engine, { name: '', config: {}, apps: [] }); // an app of one id is another app now
			this.#noteInForce();
		};
		world.systemLog = {
			write: (message) => {
				this.#say(`   ${message}`);
			},
		};
	}

	async run(): Promise<SeedResult> {
		const world = this.#world;
		world.start(this.#log);
		for (let turn = 0; turn < TURNS; turn++) {
			await this.#changeTarget(turn);
			await this.#visit();
			await world.clock.advance(this.#random.below(TURN_MS_MAX));
			this.#conduct.watchApps({ areQuiet: false });
			await this.#bootIfAsked();
			await this.#disturb();
			this.#request();
			await this.#crash();
		}
		this.#say('=== calm');
		await this.#calmDown();
		await this.#judge();
		await world.crash();
		return { seed: this.#seed, faults: this.#faults, passes: world.passes, changes: world.engine.changes.length };
	}

	async #changeTarget(turn: number): Promise<void> {
		const random = this.#random;
		if (this.#isRough) {
			this.#world.engine.faults = roughFaults(random);
			this.#life?.fail();
		}
		if (turn === 0 || random.chance(0.6)) {
			const next = this.#scenario.nextTarget();
			await this.#setTarget({ ...next, config: this.#life?.nextVariables() ?? {} });
		} else if (this.#target !== undefined && this.#life !== undefined && this.#ownRandom.chance(0.6)) {
			await this.#world.clock.advance(this.#isRough ? 0 : SETTLE_MS);
			const isQuiet = !this.#isRough && this.#local === undefined && this.#world.status.latest()?.applying === false;
			this.#conduct.watchApps({ areQuiet: isQuiet && this.#host === undefined });
			await this.#setTarget({ ...this.#target, config: this.#life.nextVariables() });
		}
	}

	async #setTarget(next: TargetDocument): Promise<void> {
		this.#target = next;
		this.#volumes.note(this.#world.engine, next, this.#world.clock.now());
		await this.#store({ ...next, config: { ...next.config, ...this.#local?.variables } }, 'cloud');
	}

	async #store(target: TargetDocument, source: string): Promise<void> {
		this.#configWatch.noteTarget(target);
		this.#say(`=== target of ${source} ${JSON.stringify(target.apps)} ${JSON.stringify(target.config)}`);
		const stored = this.#world.targets.replace(this.#host?.withHostApp(target) ?? target, source);
		this.#noteInForce();
		await stored;
	}

	/** Another target is in force, or the same apps of another source. */
	#noteInForce(): void {
		const target = withoutHostApp(this.#world.targets.current());
		if (target !== undefined) {
			this.#conduct.noteTarget(target);
			this.#anonymous.note(this.#world.engine, target);
		}
	}

	/** A developer comes, works on the device, or leaves. */
	async #visit(): Promise<void> {
		if (this.#local === undefined || this.#target === undefined) {
			return;
		}
		if (this.#local.turn()) {
			await this.#setTarget(this.#target);
			await this.#world.clock.advance(this.#isRough ? 2000 : SETTLE_MS);
		}
		const own = this.#local.nextTarget(this.#target.config);
		if (own !== undefined) {
			await this.#store(own, LOCAL_SOURCE);
		}
	}

	async #bootIfAsked(): Promise<void> {
		if (this.#life?.isRebootDue() === true) {
			this.#say('=== boot');
			await this.#world.crash();
			await endEngine(this.#world, this.#random, () => {
				this.#host?.boot();
				this.#life?.boot();
				this.#configWatch.noteReboot();
			});
			this.#world.start(this.#log);
		}
	}

	/** Changes from outside, services, and the engine. */
	async #disturb(): Promise<void> {
		const random = this.#random;
		if (!this.#isRough) {
			return;
		}
		if (this.#life !== undefined && this.#ownRandom.chance(0.4)) {
			this.#say('=== the device itself is changed from outside');
			this.#life.meddle();
		}
		if (random.chance(0.4)) {
			this.#conduct.noteDisturbance();
			meddle(this.#world, random, this.#anonymous);
		}
		if (random.chance(0.15)) {
			this.#say('=== the engine ends');
			await endEngine(this.#world, random);
		}
		if (random.chance(0.3)) {
			actAsServices(this.#world, random);
		}
	}

	#request(): void {
		if (this.#random.chance(0.3)) {
			const asked = request(this.#world, this.#random);
			this.#say(`=== request ${JSON.stringify(asked)}`);
			if (asked?.purges === true) {
				this.#volumes.forget(asked.appId);
				this.#anonymous.forget(asked.appId);
			}
		}
	}

	async #crash(): Promise<void> {
		if (this.#random.chance(0.3)) {
			this.#say('=== crash');
			this.#crashes += 1;
			await this.#world.crash();
			await this.#world.clock.advance(this.#isRough ? this.#random.below(50) : 1000); // a rough crash leaves calls under way
			this.#configWatch.noteStart();
			this.#world.start(this.#log);
		}
	}

	async #calmDown(): Promise<void> {
		this.#world.engine.faults = calm;
		unlockAll(this.#world);
		this.#life?.mend();
		this.#host?.calm();
		if (this.#local !== undefined && this.#target !== undefined) {
			this.#local.leave();
			await this.#setTarget(this.#target); // also where the last word was the developer's
		}
		await this.#waitInPeace();
		if (this.#target !== undefined && this.#configWatch.isRefused()) {
			this.#faults.push(...(await this.#judgeEngine(this.#target))); // a refused configuration blocks nothing else
			this.#say('=== what was refused is asked for no more');
			await this.#setTarget({ ...this.#target, config: {} });
			await this.#waitInPeace();
		}
	}

	async #waitInPeace(): Promise<void> {
		this.#configWatch.notePeace();
		for (let elapsedMs = 0; elapsedMs < CALM_MS; elapsedMs += CALM_STEP_MS) {
			await this.#world.clock.advance(CALM_STEP_MS);
			await this.#bootIfAsked();
		}
		this.#faults.push(...this.#configWatch.findFaults());
	}

	/** A service that a user has stopped must not run. */
	async #judgeEngine(target: TargetDocument): Promise<readonly string[]> {
		const asked = await this.#world.requests.list();
		const stopped = asked.flatMap(({ body }) => (body.kind === 'stopService' ? [body.containerId] : []));
		const mayStay = (image: FakeImage) => this.#isRough && isBuiltHere(image);
		return findFaults(this.#world.engine, this.#host?.onEngine(target) ?? target, new Set(stopped), mayStay);
	}

	async #judge(): Promise<void> {
		const world = this.#world;
		const faults = this.#faults;
		faults.push(...this.#conduct.faults, ...((await this.#host?.findFaults()) ?? []));
		faults.push(...[...world.lockDisk.files.keys()].map((path) => `lock left behind: ${path}`));
		faults.push(
			...world.crashes.map(
				(error) => `crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
			),
		);
		if (this.#target !== undefined) {
			faults.push(...(await this.#judgeEngine(this.#target)), ...this.#volumes.faults(world.engine));
			const asked = await world.requests.list();
			const kept = await world.keptVolumes.list();
			// What an engine did not let go of when local mode was left stays, as specified.
			const mayLeak = this.#crashes > 0 || (this.#isRough && this.#local !== undefined);
			faults.push(...this.#anonymous.faults(world.engine, kept, { mayLeak }));
			faults.push(
				...asked.filter(({ state }) => state === 'open').map(({ body }) => `still open: ${JSON.stringify(body)}`),
			);
		}
		faults.push(...(this.#isRough ? [] : world.engine.refused.map((refusal) => `refused in a calm run: ${refusal}`)));
		faults.push(...(await findLocalTraces(world)), ...(await findUnrest(world)));
	}
}

/** A watch of the host of its own judges it. */
function withoutHostApp(target: TargetDocument | undefined): TargetDocument | undefined {
	return target && { ...target, apps: target.apps.filter(({ isHost }) => !isHost) };
}

/** Not where local mode changes the target as well. */
function isReverting(seed: number): boolean {
	return seed % 5 === 3 && seed % 3 !== 2;
}

/** Once local mode was left, nothing tells that it has ever been on. */
async function findLocalTraces({ snapshots, targets }: World): Promise<readonly string[]> {
	return [
		...((await snapshots.read()) === undefined ? [] : ['the picture of the engine is still there']),
		...((await targets.hasLocalApps()) ? ['apps of local mode are still stored'] : []),
	];
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
