import { type PowerSwitch } from '../host/index.ts';
import { DockerEngine, DockerInventory } from '../adapters/docker/index.ts';
import { LOCAL_SOURCE } from '../adapters/sqlite/index.ts';
import { readComposeFacts } from '../adapters/host/index.ts';
import {
	CleanupExclusions,
	DeltaAttempts,
	EngineObserver,
	FailedStarts,
	RepeatedFailures,
	ServiceExits,
	SUPERVISOR_ADDRESS,
	TargetComposer,
} from '../application-manager/index.ts';
import { ExtraFirmware, readRegistryLogin } from '../config/index.ts';
import {
	Reconciler,
	RequestDesk,
	StepRunner,
	type StepRunnerOptions,
	createExecutors,
	DeviceContext,
	LocalMode,
	TargetSettings,
} from '../device-state/index.ts';
import type { BootConfig, Discoverability, HostConfig, Vpn } from '../host/index.ts';
import type { ProposedStep } from '../domain/plan.ts';
import { subjectOf } from '../domain/step.ts';
import type { Backoff } from '../lib/backoff.ts';
import type { FatalErrors } from '../lib/fatal-errors.ts';
import type { CrashMemory } from '../ports/crash-memory.ts';
import { BACKUP_FAILED } from '../ports/migration-backup.ts';
import type { Executors } from '../ports/executors.ts';
import { buildDeltas } from './build-deltas.ts';
import { buildHost, type Host } from './build-host.ts';
import type { Core, SupervisorOptions } from './core.ts';
import { ownContainerNames } from './own-container.ts';

const ENGINE_READ_TIMEOUT_MS = 60_000;
const RESYNC_MS = 10 * 60_000;
/** At least so long, whatever chance says (spec: planner check 48). */
const STEP_BACKOFF_MS = 1000;
const STEP_JITTER = 0.2;
const OBSERVE_BACKOFF = { firstMs: 1000, maxMs: 30_000, jitter: 0.2 };
const STUCK_AFTER = 3;
const GATHER = { fromSteps: 4, ms: 30 };
/** First installs are not limited (spec: planner I13, 11.2): the engine has a limit of its own, for layers. */
const MAX_PULLS = Infinity;
const MAX_DELTAS = 3;
/** Between questions for a delta that is still being made: never sooner than a second (spec: planner P15). */
const DELTA_BACKOFF = { firstMs: 1250, maxMs: 60_000, jitter: STEP_JITTER };
const MAX_STEPS = 16;

export interface DeviceStateParts {
	readonly engine: DockerEngine;
	readonly exits: ServiceExits;
	readonly runner: StepRunner;
	readonly reconciler: Reconciler;
	readonly desk: RequestDesk;
	readonly composer: Pick<TargetComposer, 'keysChanged'>;
	readonly vpn: Vpn;
	readonly boot: BootConfig;
	readonly hostConfig: HostConfig;
	readonly discoverability: Discoverability;
	readonly power: PowerSwitch;
}

/** Settings that parts look at often, kept up to date. */
interface LiveSettings {
	/** In it nothing that was fetched or stored is removed. */
	localMode: boolean;
	lockOverride: boolean;
	delta: boolean;
	pollIntervalMs: number;
	backupRetryMs: number;
}

/** What observing, planning and executing share. */
interface StateParts {
	readonly engine: DockerEngine;
	readonly context: DeviceContext;
	readonly settings: TargetSettings;
	readonly exclusions: CleanupExclusions;
	readonly crashes: CrashMemory;
	readonly failedStarts: FailedStarts;
	readonly exits: ServiceExits;
	readonly extraFirmware: ExtraFirmware;
	readonly localMode: LocalMode;
	readonly composer: TargetComposer;
	readonly host: Host;
}

export async function buildDeviceState(core: Core, fatal: FatalErrors): Promise<DeviceStateParts> {
	const { options, config, targets, database, status } = core;
	const { clock } = options;
	const parts = buildParts(core, () => {
		reconciler.wake('config');
	});
	const live = await readLiveSettings(core);
	const stepEnded = countSteps(options);
	const desk = new RequestDesk({
		store: database.requests,
		newId: () => config.newUniqueKey(),
		clock,
		changed: () => {
			reconciler.wake('request');
		},
	});
	const runner: StepRunner = buildRunner(core, live, {
		executors: buildExecutors(core, parts),
		settled: (step, end) => {
			reconciler.stepEnded(step, end);
			stepEnded(step);
		},
		progressed: () => {
			reconciler.publish();
		},
		crashed: (error) => {
			fatal.raise(error);
		},
	});
	const reconciler = buildReconciler(core, live, { ...parts, runner, desk });
	config.onChange((changed) => {
		live.localMode = changed.localMode ?? live.localMode;
		live.lockOverride = changed.lockOverride ?? live.lockOverride;
		live.delta = changed.delta ?? live.delta;
		live.pollIntervalMs = changed.appUpdatePollInterval ?? live.pollIntervalMs;
		parts.context.invalidate();
		parts.settings.refresh();
		parts.localMode.refresh();
		reconciler.wake('config');
	});
	targets.onChange(() => {
		parts.context.invalidate(); // the device's name came with it
		reconciler.wake('target');
	});
	status.onChange(({ plan }) => {
		if (plan !== undefined) {
			parts.host.vpn.planned(plan);
		}
	});
	const { host, engine, composer, exits } = parts;
	return { ...host, engine, composer, exits, runner, reconciler, desk };
}

function countSteps({ stepEnded, log }: SupervisorOptions): (step: ProposedStep) => void {
	let count = 0;
	return ({ step }) => {
		if (stepEnded !== undefined) {
			count += 1;
			log.info('step boundary', { count, step: step.kind, subject: subjectOf(step) });
			stepEnded(count);
		}
	};
}

async function readLiveSettings({ config }: Core): Promise<LiveSettings> {
	const { appUpdatePollInterval, bootstrapRetryDelay, ...rest } = await config.getMany([
		'appUpdatePollInterval',
		'bootstrapRetryDelay',
		'localMode',
		'lockOverride',
		'delta',
	]);
	return { ...rest, pollIntervalMs: appUpdatePollInterval, backupRetryMs: bootstrapRetryDelay };
}

function buildParts(core: Core, changed: () => void): StateParts {
	const { options, config, systemLog } = core;
	const { clock, environment, log } = options;
	const engine = new DockerEngine({ host: environment.dockerHost, clock, readTimeoutMs: ENGINE_READ_TIMEOUT_MS });
	const parts = {
		engine,
		localMode: buildLocalMode(core, engine),
		context: new DeviceContext({
			config,
			host: () => readComposeFacts(environment),
			dockerSocketPath: environment.dockerSocketPath,
			supervisorHost: SUPERVISOR_ADDRESS,
		}),
		exclusions: new CleanupExclusions(clock),
		crashes: core.database.crashStore(clock),
		failedStarts: new FailedStarts(),
		exits: new ServiceExits(systemLog),
		extraFirmware: new ExtraFirmware({ config, log: log.child('host') }),
		settings: new TargetSettings({ config, systemLog }),
		host: buildHost(core, changed),
	};
	return { ...parts, composer: buildComposer(core, parts) };
}

function buildComposer(
	{ options, database, targets, systemLog }: Core,
	{ engine, context, settings, host }: Omit<StateParts, 'composer'>,
): TargetComposer {
	return new TargetComposer({
		targets,
		engine,
		keys: database.keys,
		log: options.log.child('target'),
		systemLog,
		context: () => context.read(),
		config: [settings, host.boot, host.vpn],
	});
}

function buildLocalMode({ options, database, targets }: Core, engine: DockerEngine): LocalMode {
	const { environment, clock, log } = options;
	return new LocalMode({
		inventory: new DockerInventory({ host: environment.dockerHost, readTimeoutMs: ENGINE_READ_TIMEOUT_MS }),
		engine,
		snapshots: database.snapshots,
		apps: targets,
		keptVolumes: async () =>
			(await targets.listAllApps())
				.filter(({ source }) => source !== LOCAL_SOURCE)
				.flatMap(({ appId, release }) => Object.keys(release?.volumes ?? {}).map((name) => `${appId}_${name}`)),
		ownNames: ownContainerNames(environment),
		clock,
		log: log.child('local-mode'),
	});
}

function buildExecutors(
	core: Core,
	{ engine, settings, exclusions, crashes, failedStarts, exits, extraFirmware, localMode, host }: StateParts,
): Executors {
	const { options, database, config, systemLog } = core;
	return createExecutors({
		...host,
		engine,
		localMode,
		images: database.images,
		commits: database.commits,
		clock: options.clock,
		log: options.log.child('steps'),
		systemLog,
		failures: new RepeatedFailures(),
		deviceName: () => config.get('name'),
		registryLogin: () => readRegistryLogin(config),
		deltas: buildDeltas(core),
		deltaAttempts: new DeltaAttempts(options.clock),
		setExtraFirmware: () => extraFirmware.set(),
		exclusions,
		crashes,
		failedStarts,
		exits,
		keptVolumes: database.keptVolumes,
		settings,
	});
}

function buildRunner(
	{ options }: Core,
	live: LiveSettings,
	rest: Pick<StepRunnerOptions, 'executors' | 'settled' | 'progressed' | 'crashed'>,
): StepRunner {
	return new StepRunner({
		...rest,
		clock: options.clock,
		log: options.log.child('steps'),
		backoff: (code) => backoffOf(code, live),
		stuckAfter: STUCK_AFTER,
	});
}

function backoffOf(code: string, { backupRetryMs, pollIntervalMs }: LiveSettings): Backoff {
	switch (code) {
		case 'delta-processing':
			return DELTA_BACKOFF;
		case BACKUP_FAILED:
			return { firstMs: backupRetryMs, maxMs: backupRetryMs, jitter: STEP_JITTER };
		case 'updates-locked':
			// Nobody else waits for the same lock, so nothing is gained by chance.
			return { firstMs: STEP_BACKOFF_MS, maxMs: pollIntervalMs };
		default:
			return { firstMs: STEP_BACKOFF_MS / (1 - STEP_JITTER), maxMs: pollIntervalMs, jitter: STEP_JITTER };
	}
}

function buildReconciler(
	{ options, database, status, systemLog }: Core,
	live: LiveSettings,
	parts: StateParts & { readonly runner: StepRunner; readonly desk: RequestDesk },
): Reconciler {
	const { clock, log } = options;
	const { engine, composer, runner, desk, exclusions, crashes, failedStarts, extraFirmware, localMode, host } = parts;
	return new Reconciler({
		observer: new EngineObserver({
			...host,
			engine,
			images: database.images,
			commits: database.commits,
			exclusions,
			crashes,
			failedStarts,
			keptVolumes: database.keptVolumes,
			clock,
			extraFirmware,
			localMode,
		}),
		targets: composer,
		runner,
		requests: desk,
		status,
		clock,
		log: log.child('reconciler'),
		systemLog,
		policy: () => ({
			maxPulls: MAX_PULLS,
			maxDeltas: live.delta ? MAX_DELTAS : undefined,
			maxSteps: MAX_STEPS,
			keepImages: live.localMode,
			keepVolumes: live.localMode,
			ownImage: options.environment.ownImage,
			localMode: live.localMode,
			lockOverride: live.lockOverride,
		}),
		resyncMs: RESYNC_MS,
		observeBackoff: OBSERVE_BACKOFF,
		gather: GATHER,
		onSession: ({ kind }) => {
			if (kind !== 'failed') {
				log.info(kind === 'started' ? 'Applying target state' : 'Finished applying target state');
			}
		},
	});
}
