import { expect } from 'chai';
import {
	chooseEngineStart,
	hasPrivateEngine,
	restartEngine,
	USUAL_START,
	type EngineEnd,
	type EngineStart,
} from '../../../tools/device/index.ts';
import { keepCoresBusy } from '../../support/busy-cores.ts';
import { Random } from '../../support/random.ts';
import { requireEngine } from '../../support/real-engine.ts';
import {
	chooseDeathKinds,
	describeKind,
	describeStart,
	endFor,
	listDeathKinds,
	startFor,
} from './engine-death-kinds.ts';
import { describeOutcome, EngineDeathScene, type Outcome } from './engine-death-scene.ts';

/** There are 24 kinds. The full run is of 60, and of 20. */
const DEATHS = Number(process.env['ENGINE_DEATHS'] ?? 4);
const KILLS = Number(process.env['ENGINE_KILLS'] ?? 2);
/** A part of the names of the kinds that are to be looked at. */
const KINDS = new RegExp(process.env['ENGINE_DEATH_KINDS'] ?? '');
const UPDATE_DELAY_MS_MAX = 1500;
const KILL_DELAY_MS_MAX = 500;
const ROUND_TIMEOUT_MS = 200_000;
const IN_ORDER: EngineEnd = { signal: 'SIGTERM', withContainerd: false };

describe('a device whose engine stops or crashes', function () {
	this.timeout((DEATHS + KILLS) * ROUND_TIMEOUT_MS);
	let scene: EngineDeathScene;
	let random: Random;
	let start: EngineStart = USUAL_START;
	let release: (() => Promise<void>) | undefined;

	before(async function () {
		const engine = await requireEngine();
		await engine.dispose();
		if (!hasPrivateEngine(engine.socketPath)) this.skip(); // not a private engine
		const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
		console.log(`      SEED=${seed}`);
		random = new Random(seed);
		scene = await EngineDeathScene.create();
		release = await keepCoresBusy();
	});
	after(async () => {
		if (release === undefined) return;
		await release();
		const { socketPath } = scene;
		try {
			await scene.dispose();
		} finally {
			chooseEngineStart(socketPath, USUAL_START);
			await restartEngine(socketPath);
		}
	});

	// First, because the engine must not go back to its own socket while a client may wait at the held one.
	it(`has all its services back, and is on target, after each of ${KILLS} kills while all of them are being replaced`, async () => {
		const bad: Outcome[] = [];
		for (let kill = 1; kill <= KILLS; kill += 1) {
			await ensureStart({ ...USUAL_START, containerd: kill <= KILLS / 2 ? 'child' : 'separate' }, bad);
			const commit = scene.commit === scene.commits.whole ? scene.commits.first : scene.commits.whole;
			const delayMs = random.below(KILL_DELAY_MS_MAX);
			const outcome = await scene.run({
				name: `${kill}: SIGKILL, ${describeStart(start)}, +${delayMs} ms`,
				end: { signal: 'SIGKILL', withContainerd: false },
				update: { commit, delayMs },
			});
			take(outcome, bad);
		}
		expect(
			bad.map(({ name }) => name),
			'printed above',
		).to.deep.equal([]);
	});

	it(`has them back after each of ${DEATHS} deaths of all kinds, at rest and in an update`, async () => {
		const bad: Outcome[] = [];
		const kinds = listDeathKinds().filter((kind) => KINDS.test(describeKind(kind)));
		for (const [at, kind] of chooseDeathKinds(kinds, { count: DEATHS, random }).entries()) {
			await ensureStart(startFor(kind), bad);
			const commit = scene.commit === scene.commits.first ? scene.commits.half : scene.commits.first;
			const delayMs = random.below(UPDATE_DELAY_MS_MAX);
			const isUpdate = kind.moment === 'update';
			const outcome = await scene.run({
				name: `${at + 1}: ${describeKind(kind)}${isUpdate ? ` +${delayMs} ms` : ''}`,
				end: endFor(kind),
				...(isUpdate ? { update: { commit, delayMs } } : {}),
			});
			take(outcome, bad);
		}
		expect(
			bad.map(({ name }) => name),
			'printed above',
		).to.deep.equal([]);
	});

	/** This, too, is an end of the engine that nothing may be lost by. */
	async function ensureStart(wanted: EngineStart, bad: Outcome[]): Promise<void> {
		if (describeStart(start) === describeStart(wanted)) return;
		start = wanted;
		chooseEngineStart(scene.socketPath, wanted);
		take(await scene.run({ name: `change to ${describeStart(wanted)}`, end: IN_ORDER }), bad);
	}

	function take(outcome: Outcome, bad: Outcome[]): void {
		console.log(`      ${describeOutcome(outcome)}`);
		if (outcome.end !== 'well') bad.push(outcome);
	}
});
