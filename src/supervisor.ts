/**
 * The composition root: builds every part, says who knows whom, and in which order they start and stop. No decisions.
 */
import { DockerEngine } from './adapters/docker/index.ts';
import {
	FatFile,
	HostFiles,
	readComposeFacts,
	readFileSystemSize,
	readIpAddresses,
	readText,
	ReportCacheFile,
	readKernelLog,
	writeAndSync,
} from './adapters/files/index.ts';
import { GotClient } from './adapters/http/index.ts';
import { MemoryKeeper, SystemClock } from './adapters/system/index.ts';
import { openDatabase, type Database, type SqliteTargetStore } from './adapters/sqlite/index.ts';
import { createCloud, DeviceMetrics, readDeviceFacts, type Cloud } from './api-binder/index.ts';
import {
	createExecutors,
	DeviceContext,
	EngineObserver,
	SUPERVISOR_ADDRESS,
	TargetComposer,
	TargetSettings,
} from './application-manager/index.ts';
import {
	Config,
	ConfigCloudSettings,
	onTargetSourceChange,
	readEnvironment,
	readListenAddress,
	readRegistryLogin,
	readTargetSource,
	reportedVersion,
	variablesToStore,
	type Environment,
} from './config/index.ts';
import { ApiServer, createApi } from './device-api/index.ts';
import {
	Reconciler,
	StatusBoard,
	StepRunner,
	WakeOnEngineEvents,
	type StepRunnerOptions,
} from './device-state/index.ts';
import { FatalErrors } from './lib/fatal-errors.ts';
import { runComponents, type Component } from './lib/lifecycle.ts';
import { createLog, ProcessSystemLog, Redactor } from './logger/index.ts';
import type { ReadDeviceFacts } from './ports/cloud-facts.ts';
import type { Clock } from './ports/clock.ts';
import type { Executors } from './ports/executors.ts';
import type { Log, SystemLog } from './ports/log.ts';
import { OperationalError } from './ports/operational-error.ts';

export interface Supervisor {
	readonly log: Log;
	/** As it is in force, given or not. */
	readonly dockerHost: string;
	/** Lasts until the signal aborts. `false`: it could not go on, and has said why. */
	run(signal: AbortSignal): Promise<boolean>;
}

interface Options {
	readonly environment: Environment;
	readonly packageVersion: string;
	readonly clock: Clock;
	readonly log: Log;
	readonly redactor: Redactor;
}

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const ENGINE_READ_TIMEOUT_MS = 60_000;
const RESYNC_MS = 10 * 60_000;
const STEP_BACKOFF = { firstMs: 1000, jitter: 0.2 };
const OBSERVE_BACKOFF = { firstMs: 1000, maxMs: 30_000, jitter: 0.2 };
const STUCK_AFTER = 3;
const GATHER = { fromSteps: 4, ms: 30 };
const MAX_PULLS = 4;
const MAX_STEPS = 16;
/** The engine kills us ten seconds after it asked us to end. */
const STOP_MS = 8000;

export function createSupervisor(
	variables: Readonly<Record<string, string | undefined>>,
	packageVersion: string,
): Supervisor {
	const redactor = new Redactor();
	const level = LOG_LEVELS.find((name) => name === variables['LOG_LEVEL']) ?? 'info';
	const log = createLog({ level, redactor });
	const environment = readEnvironment(variables);
	const options: Options = { environment, packageVersion, clock: new SystemClock(), log, redactor };
	return {
		log,
		dockerHost: environment.dockerHost,
		run: async (signal) => {
			log.info(`Supervisor v${packageVersion} starting up...`);
			try {
				await run(options, signal);
				return true;
			} catch (error) {
				if (error instanceof OperationalError) {
					log.error(`cannot go on: ${error.message}`, { code: error.code });
				} else {
					log.error('ended by a bug', { error });
				}
				return false;
			}
		},
	};
}

async function run(options: Options, signal: AbortSignal): Promise<void> {
	const { environment, log } = options;
	const configJson = new FatFile(environment.configJsonPath);
	const database = await openDatabase({ path: environment.databasePath, configJson, log: log.child('database') });
	try {
		const components = await buildComponents(options, database, configJson);
		await runComponents(components, signal, {
			stopMs: STOP_MS,
			stopFailed: (name, error) => {
				log.error('a part could not be stopped', { part: name, error });
			},
		});
	} finally {
		await database.close();
	}
}

/** What several parts share. */
interface Core {
	readonly options: Options;
	readonly database: Database;
	readonly config: Config;
	readonly targets: SqliteTargetStore;
	readonly status: StatusBoard;
	readonly systemLog: SystemLog;
	readonly memory: MemoryKeeper;
	readonly version: string;
	readonly facts: ReadDeviceFacts;
}

async function buildComponents(
	options: Options,
	database: Database,
	configJson: FatFile,
): Promise<readonly Component[]> {
	const { environment, log, redactor } = options;
	const version = reportedVersion(options.packageVersion, environment);
	const host = new HostFiles({
		osReleasePath: environment.osReleasePath,
		deviceTypeFile: new FatFile(environment.deviceTypePath),
		networkPath: environment.networkPath,
		log: log.child('host'),
	});
	const config = new Config({ rows: database.settings, configJson, host, version });
	await config.start();
	await hideKeys(config, redactor);
	const targets = database.targetStore({
		readSource: () => readTargetSource(config),
		onSourceChange: (listener) => onTargetSourceChange(config, listener),
		normalise: variablesToStore,
		dump: (variables) => writeAndSync(environment.targetConfigDumpPath, JSON.stringify(variables)),
	});
	targets.watchSource();
	const core: Core = {
		options,
		database,
		config,
		targets,
		status: new StatusBoard(),
		systemLog: new ProcessSystemLog(log),
		memory: new MemoryKeeper(options.clock),
		version,
		facts: async () => {
			const facts = await readDeviceFacts({ config, keys: database.keys, readAddresses: readIpAddresses });
			redactor.add(facts.apiSecret);
			return facts;
		},
	};
	core.status.onChange(() => core.memory.workDone());
	const fatal = new FatalErrors();
	const state = await buildDeviceState(core, fatal);
	const cloud = buildCloud(core, state.reconciler);
	core.systemLog.write('Supervisor starting');
	return [
		fatal,
		buildApi(core, state.reconciler, cloud),
		new WakeOnEngineEvents(state.engine, (reason) => {
			state.reconciler.wake(reason);
		}),
		{
			name: 'reconciler',
			run: (signal) => state.reconciler.run(signal),
			stop: (deadline) => state.runner.drain(deadline),
		},
		cloud.binder,
		cloud.addresses,
		core.memory,
	];
}

/** Keys of the device never reach the log. */
async function hideKeys(config: Config, redactor: Redactor): Promise<void> {
	const { deviceApiKey, apiKey } = await config.getMany(['deviceApiKey', 'apiKey']);
	redactor.add(deviceApiKey, apiKey ?? undefined);
	config.onChange((changed) => {
		redactor.add(changed.deviceApiKey);
	});
}

interface DeviceStateParts {
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

async function buildDeviceState(core: Core, fatal: FatalErrors): Promise<DeviceStateParts> {
	const { options, config, targets } = core;
	const { clock, environment } = options;
	const engine = new DockerEngine({ host: environment.dockerHost, clock, readTimeoutMs: ENGINE_READ_TIMEOUT_MS });
	const context = new DeviceContext({
		config,
		host: () => readComposeFacts(environment),
		dockerSocketPath: environment.dockerSocketPath,
		supervisorHost: SUPERVISOR_ADDRESS,
	});
	const settings = new TargetSettings({ config, systemLog: core.systemLog });
	const { appUpdatePollInterval, localMode } = await config.getMany(['appUpdatePollInterval', 'localMode']);
	const live: LiveSettings = { keep: localMode, pollIntervalMs: appUpdatePollInterval };
	const runner: StepRunner = buildRunner(core, live, {
		executors: buildExecutors(core, engine, settings),
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
	const reconciler = buildReconciler(core, live, { engine, runner, context, settings });
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

function buildExecutors(core: Core, engine: DockerEngine, settings: TargetSettings): Executors {
	const { options, database, config, systemLog } = core;
	return createExecutors({
		engine,
		images: database.images,
		commits: database.commits,
		log: options.log.child('steps'),
		systemLog,
		deviceName: () => config.get('name'),
		registryLogin: () => readRegistryLogin(config),
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
	parts: { engine: DockerEngine; runner: StepRunner; context: DeviceContext; settings: TargetSettings },
): Reconciler {
	const { clock, log } = options;
	const { engine, runner, context, settings } = parts;
	return new Reconciler({
		observer: new EngineObserver({ engine, images: database.images, commits: database.commits }),
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
		policy: () => ({ maxPulls: MAX_PULLS, maxSteps: MAX_STEPS, keepImages: live.keep, keepVolumes: live.keep }),
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

function buildCloud(core: Core, reconciler: Reconciler): Cloud {
	const { options, config, targets, status, systemLog, facts } = core;
	const log = options.log.child('cloud');
	return createCloud({
		http: new GotClient(),
		settings: new ConfigCloudSettings(config),
		targets,
		status,
		facts,
		metrics: new DeviceMetrics({ readText, statfs: readFileSystemSize, readKernelLog }),
		cache: new ReportCacheFile(`${options.environment.rootPath}/tmp/balena-supervisor/state-report-cache`, log),
		readAddresses: readIpAddresses,
		newId: () => config.newUniqueKey(),
		supervisorVersion: core.version,
		apply: () => {
			reconciler.wake('request');
		},
		clock: options.clock,
		log,
		systemLog,
	});
}

function buildApi(core: Core, reconciler: Reconciler, cloud: Cloud): ApiServer {
	const { options, config, database, status, targets, facts } = core;
	const { clock } = options;
	const log = options.log.child('api');
	const triggered = new AbortController();
	const api = createApi({
		authentication: {
			keys: database.keys,
			isRequired: async () => {
				const { unmanaged, localMode } = await config.getMany(['unmanaged', 'localMode']);
				return !unmanaged && !localMode;
			},
		},
		isHealthy: () => Promise.resolve(reconciler.isAlive() && cloud.poller.isAlive() && cloud.reporter.isAlive()),
		status: () => status.latest(),
		targetApps: () => targets.listAllApps(),
		facts: async () => {
			const { supervisorVersion: version, ...device } = await facts();
			return { apiPort: await config.get('listenPort'), version, ...device };
		},
		update: async (request) => {
			const { instantUpdates, unmanaged } = await config.getMany(['instantUpdates', 'unmanaged']);
			if (!request.force && !instantUpdates) {
				return false;
			}
			reconciler.wake('request');
			if (!unmanaged) {
				// The answer comes before the fetch; the poller logs what went wrong.
				void cloud.poller.poll(request, triggered.signal).catch((error: unknown) => {
					log.error('cannot fetch the target', { error });
				});
			}
			return true;
		},
		log,
		now: () => clock.now(),
	});
	return new ApiServer({
		api,
		address: () => readListenAddress(config, SUPERVISOR_ADDRESS),
		clock,
		log,
	});
}
