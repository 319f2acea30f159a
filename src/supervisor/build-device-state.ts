import { DockerEngine } from '../adapters/docker/index.ts';
import { readComposeFacts } from '../adapters/files/index.ts';
import {
	CleanupExclusions,
	createExecutors,
	DeviceContext,
	EngineObserver,
	SUPERVISOR_ADDRESS,
	TargetComposer,
	TargetSettings,
} from '../application-manager/index.ts';
import { ExtraFirmware, readRegistryLogin } from '../config/index.ts';
import { Reconciler, StepRunner, type StepRunnerOptions } from '../device-state/index.ts';
import type { FatalErrors } from '../lib/fatal-errors.ts';
import type { Executors } from '../ports/executors.ts';
import type { Core } from './core.ts';

const ENGINE_READ_TIMEOUT_MS = 60_000;
const RESYNC_MS = 10 * 60_000;
const STEP_BACKOFF = { firstMs: 1000, jitter: 0.2 };
const OBSERVE_BACKOFF = { firstMs: 1000, maxMs: 30_000, jitter: 0.2 };
const STUCK_AFTER = 3;
const GATHER = { fromSteps: 4, ms: 30 };
const MAX_PULLS = 4;
const MAX_STEPS = 16;

export interface DeviceStateParts {
	readonly engine: DockerEngine;
	readonly runner: StepRunner;
	readonly reconciler: Reconciler;
}

/** Settings that parts look at often, kept up to date. */
interface LiveSettings {
	/** In local mode nothing that was fetched or stored is removed. */
	keep: boolean;
	pollIntervalMs: number;
}

export async function buildDeviceState(core: Core, fatal: FatalErrors): Promise<DeviceStateParts> {
	const { options, config, targets } = core;
	const { clock, environment } = options;
	const engine = new DockerEngine({ host: environment.dockerHost, clock, readTimeoutMs: ENGINE_READ_TIMEOUT_MS });
	const context = new DeviceContext({
		config,
		host: () => readComposeFacts(environment),
		dockerSocketPath: environment.dockerSocketPath,
		supervisorHost: SUPERVISOR_ADDRESS,
	});
	const exclusions = new CleanupExclusions(clock);
	const extraFirmware = new ExtraFirmware({ config, log: options.log.child('host') });
	const settings = new TargetSettings({ config, systemLog: core.systemLog });
	const { appUpdatePollInterval, localMode } = await config.getMany(['appUpdatePollInterval', 'localMode']);
	const live: LiveSettings = { keep: localMode, pollIntervalMs: appUpdatePollInterval };
	const runner: StepRunner = buildRunner(core, live, {
		executors: buildExecutors(core, { engine, settings, exclusions, extraFirmware }),
		settled: (step, outcome) => {
			reconciler.stepEnded(step, outcome);
		},
		progressed: () => {
			reconciler.publish();
		},
		crashed: (error) => {
			fatal.raise(error);
		},
	});
	const reconciler = buildReconciler(core, live, { engine, runner, context, settings, exclusions, extraFirmware });
	config.onChange((changed) => {
		live.keep = changed.localMode ?? live.keep;
		live.pollIntervalMs = changed.appUpdatePollInterval ?? live.pollIntervalMs;
		context.invalidate();
		settings.invalidate();
		reconciler.wake('config');
	});
	targets.onChange(() => {
		context.invalidate(); // the device's name came with it
		reconciler.wake('target');
	});
	return { engine, runner, reconciler };
}

interface StateParts {
	readonly engine: DockerEngine;
	readonly settings: TargetSettings;
	readonly exclusions: CleanupExclusions;
	readonly extraFirmware: ExtraFirmware;
}

function buildExecutors(core: Core, { engine, settings, exclusions, extraFirmware }: StateParts): Executors {
	const { options, database, config, systemLog } = core;
	return createExecutors({
		engine,
		images: database.images,
		commits: database.commits,
		log: options.log.child('steps'),
		systemLog,
		deviceName: () => config.get('name'),
		registryLogin: () => readRegistryLogin(config),
		setExtraFirmware: () => extraFirmware.set(),
		exclusions,
		changeSettings: (changes) => settings.apply(changes),
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
		backoff: () => ({ ...STEP_BACKOFF, maxMs: live.pollIntervalMs }),
		stuckAfter: STUCK_AFTER,
	});
}

function buildReconciler(
	{ options, database, targets, status, systemLog }: Core,
	live: LiveSettings,
	parts: StateParts & { readonly runner: StepRunner; readonly context: DeviceContext },
): Reconciler {
	const { clock, log } = options;
	const { engine, runner, context, settings, exclusions, extraFirmware } = parts;
	return new Reconciler({
		observer: new EngineObserver({
			engine,
			images: database.images,
			commits: database.commits,
			exclusions,
			extraFirmware,
		}),
		targets: new TargetComposer({
			targets,
			engine,
			keys: database.keys,
			log: log.child('target'),
			systemLog,
			context: () => context.read(),
			settingsToChange: (variables) => settings.differences(variables),
		}),
		runner,
		status,
		clock,
		log: log.child('reconciler'),
		systemLog,
		policy: () => ({
			maxPulls: MAX_PULLS,
			maxSteps: MAX_STEPS,
			keepImages: live.keep,
			keepVolumes: live.keep,
			ownImage: options.environment.ownImage,
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
