import { EngineCache } from '../../src/adapters/docker/engine-cache.ts';
import { AppsObserver, CleanupExclusions, TargetComposer } from '../../src/application-manager/index.ts';
import { plan } from '../../src/device-state/index.ts';
import type { CurrentState } from '../../src/domain/current.ts';
import type { PlanContext, ProposedStep } from '../../src/domain/plan.ts';
import type { TargetDocument, TargetState } from '../../src/domain/target.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { emptyState } from './empty-state.ts';
import { idlePorts } from './idle-ports.ts';
import { silentLog } from './logs.ts';
import { dockerWith, RECORDED_KEY, recordedContext, type RecordedEngine } from './recorded-engine.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface Look {
	readonly current: CurrentState;
	/** The plan for the target, and the one for a target without apps. */
	readonly kept: readonly ProposedStep[];
	readonly dropped: readonly ProposedStep[];
}

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

/** The adapter's own reading, from where the client hands the raw answers over. */
export function engineWith(answers: RecordedEngine): Engine {
	const cache = new EngineCache(dockerWith(answers), 1000);
	const engine: Partial<Engine> = {
		listContainers: () => cache.containers.list(),
		listNetworks: () => cache.networks.get(),
		listVolumes: () => cache.volumes.get(),
		listImages: () => cache.images.get(),
		inspectImage: (image) => cache.inspectImage(image),
		ping: () => Promise.resolve(),
	};
	return engine as Engine; // observing and composing call nothing else
}

/** One pass of the loop for a device that has reached this target, from the answers of the engine to the plan. */
export async function lookAt(engine: Engine, target: TargetDocument, imageIds: ImageIds): Promise<Look> {
	const clock = new VirtualClock(() => 0.5);
	const ports = idlePorts({ engine, clock, context: recordedContext });
	const signal = new AbortController().signal;
	await reach(target, imageIds, ports);
	const observer = new AppsObserver({
		...ports,
		extraFirmware: { isSet: () => Promise.resolve(true) },
		exclusions: new CleanupExclusions(clock),
		failedStarts: { list: () => new Map(), keep: () => undefined },
	});
	const current: CurrentState = { ...emptyState, ...(await observer.observe(signal)) };
	await ports.targets.replace(target, 'cloud');
	const composer = new TargetComposer({
		...ports,
		keys: { ...ports.keys, serviceKey: () => Promise.resolve(RECORDED_KEY) },
		log: silentLog,
		context: () => Promise.resolve(recordedContext),
	});
	const composed = await composer.read(current, signal);
	return { current, kept: stepsOf(current, composed?.apps ?? []), dropped: stepsOf(current, []) };
}

/** By service: what its container runs from. */
type ImageIds = ReadonlyMap<string, string>;

/** The rows that the device has written on its way to the target. */
async function reach(target: TargetDocument, imageIds: ImageIds, ports: ReturnType<typeof idlePorts>): Promise<void> {
	for (const { appId, appUuid, release } of target.apps) {
		if (release === undefined) continue;
		const { releaseId, commit, services } = release;
		for (const [serviceName, { image, imageId, serviceId }] of Object.entries(services)) {
			const row = { name: image, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit };
			await ports.images.save(row, imageIds.get(serviceName));
		}
		await ports.commits.save(appId, commit);
	}
}

function stepsOf(current: CurrentState, apps: TargetState['apps']): readonly ProposedStep[] {
	const { start, waiting } = plan(current, { apps, variables: {} }, CONTEXT);
	return [...start, ...waiting.map(({ step }) => step)];
}
