import { predictPlan } from '../../src/device-state/index.ts';
import { plan } from '../../src/device-state/planner/plan.ts';
import type { CurrentState } from '../../src/domain/current.ts';
import type { PlanContext } from '../../src/domain/plan.ts';
import type { TargetDocument, TargetService, TargetState } from '../../src/domain/target.ts';
import { World } from '../../test/simulation/world.ts';
import { summarize } from './statistics.ts';
import type { Row } from './table.ts';

const WARM_UP = 50;
const RUNS = 200;
const SETTLE_MS = 3_600_000;
const CONTEXT: PlanContext = {
	now: 0,
	busy: [],
	paused: new Map(),
	requests: [],
	history: { hasSettled: true },
	policy: {
		maxPulls: 4,
		maxSteps: 8,
		keepImages: false,
		keepVolumes: false,
		ownImage: 'own',
		force: false,
		localMode: false,
	},
};

/** Measures the pure planner in this process: no engine, no disk. */
export async function measurePlan(count: number, targetMs?: number): Promise<readonly Row[]> {
	const world = new World(() => 0.5);
	const [first, second] = [describeTarget(count, 1), describeTarget(count, 2)];
	for (const document of [first, second]) addToRegistry(world, document);
	// The supervisor network is created before anything else is planned.
	const empty = { ...(await drive(world, observe(world))), supervisorNetworkReady: true };
	const fresh = await drive(world, compose(world, first));
	const rows = measure({
		what: `plan: install ${count} services`,
		current: empty,
		target: fresh,
		steps: count,
		targetMs,
	});
	world.start();
	await world.targets.replace(first);
	await world.clock.advance(SETTLE_MS);
	await world.crash();
	const settled = await drive(world, observe(world));
	const same = await drive(world, compose(world, first));
	const next = await drive(world, compose(world, second));
	return [
		...rows,
		...measure({ what: `plan: ${count} services, nothing to do`, current: settled, target: same, steps: 0, targetMs }),
		...measure({ what: `plan: replace ${count} services`, current: settled, target: next, steps: count, targetMs }),
		...measureDryRun(`dry run: replace ${count} services`, settled, next),
	];
}

/** Spec: v3-api 4.4. */
const DRY_RUN_MS = 50;
const DRY_RUNS = 20;

function measureDryRun(what: string, current: CurrentState, target: TargetState): readonly Row[] {
	const { requests, ...context } = CONTEXT;
	const once = () => {
		const startedAt = performance.now();
		const { isSettled } = predictPlan({ current, target, requests, context });
		const durationMs = performance.now() - startedAt;
		if (!isSettled) throw new Error(`${what}: does not lead to the target`);
		return durationMs;
	};
	const first = once();
	const sample = summarize(Array.from({ length: DRY_RUNS }, once));
	return [
		{ what: `${what}, first time`, unit: 'ms', sample: summarize([first]) },
		{ what, unit: 'ms', sample, target: DRY_RUN_MS },
	];
}

function measure(options: {
	readonly what: string;
	readonly current: CurrentState;
	readonly target: TargetState;
	/** The minimum number of steps; 0 is exact. It guards against measuring a wrong plan. */
	readonly steps: number;
	readonly targetMs: number | undefined;
}): readonly Row[] {
	const { what, current, target, steps, targetMs } = options;
	const once = () => {
		const startedAt = performance.now();
		const { start, waiting } = plan(current, target, CONTEXT);
		const durationMs = performance.now() - startedAt;
		const planned = start.length + waiting.length;
		if (steps === 0 ? planned > 0 : planned < steps) throw new Error(`${what}: ${planned} steps were planned`);
		return durationMs;
	};
	const first = once();
	for (let run = 0; run < WARM_UP; run += 1) once();
	const sample = summarize(Array.from({ length: RUNS }, once));
	return [
		{ what: `${what}, first time`, unit: 'ms', sample: summarize([first]) },
		{ what, unit: 'ms', sample, ...(targetMs === undefined ? {} : { target: targetMs }) },
	];
}

/** The fake engine needs virtual time, which passes only when the clock is advanced. */
async function drive<T>(world: World, work: Promise<T>): Promise<T> {
	const state = { isDone: false };
	const watched = work.finally(() => (state.isDone = true));
	while (!state.isDone) await world.clock.advance(1_000);
	return watched;
}

async function observe(world: World): Promise<CurrentState> {
	return (await world.look(new AbortController().signal)).current;
}

async function compose(world: World, document: TargetDocument): Promise<TargetState> {
	await world.targets.replace(document);
	const { target } = await world.look(new AbortController().signal);
	if (target === undefined) throw new Error('there is no target');
	return target;
}

/** A release in which every service has its own image, a volume, a network, a port and a service it depends on. */
function describeTarget(count: number, release: number): TargetDocument {
	const services = Array.from({ length: count }, (_, index) => [`service${index}`, describeService(index, release)]);
	return {
		name: 'bench',
		config: {},
		apps: [
			{
				appId: 1,
				appUuid: 'a0a1',
				appName: 'bench',
				class: 'fleet',
				isHost: false,
				rejected: false,
				release: {
					releaseId: release,
					commit: `c${release}`,
					services: Object.fromEntries(services) as Readonly<Record<string, TargetService>>,
					networks: { back: {} },
					volumes: { data: {} },
				},
			},
		],
	};
}

function describeService(index: number, release: number): TargetService {
	const digest = Buffer.from(`${index}@${release}`).toString('hex').padEnd(64, '0');
	return {
		serviceId: index + 1,
		imageId: release * 1000 + index,
		image: `registry.example.com/service${index}@sha256:${digest}`,
		running: true,
		environment: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`VARIABLE_${n}`, `value ${n}`])),
		labels: { 'com.example.kind': 'bench' },
		composition: {
			volumes: ['data:/data'],
			networks: ['default', 'back'],
			ports: [`${10_000 + index}:80`],
			...(index === 0 ? {} : { depends_on: [`service${Math.floor(index / 2)}`] }),
		},
	};
}

function addToRegistry(world: World, document: TargetDocument): void {
	for (const { image } of document.apps.flatMap((app) => Object.values(app.release?.services ?? {}))) {
		const digest = image.slice(image.lastIndexOf(':') + 1);
		world.engine.registry.set(image, { id: `sha256:f${digest.slice(1)}`, config: { Cmd: ['run'] } });
	}
}
