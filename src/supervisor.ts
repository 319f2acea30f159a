/**
 * The composition root: builds every part, connects them, and sets the order of start and stop. No decisions.
 */
import { allowSlowConnections } from './adapters/network/index.ts';
import { lockDataFolder, openDatabase, type Database } from './adapters/sqlite/index.ts';
import { readOutputFacts, SystemClock } from './adapters/system/index.ts';
import { isTimeWritten, isUnmanaged, readEnvironment, textFileOf, type Environment } from './config/index.ts';
import { saveInitialConfig } from './device-state/index.ts';
import { eventLine } from './domain/event-line.ts';
import { FatalErrors } from './lib/fatal-errors.ts';
import { isAborted } from './lib/is-aborted.ts';
import { runComponents, type Component } from './lib/lifecycle.ts';
import { createLog, Redactor } from './logger/index.ts';
import type { Log } from './ports/log.ts';
import { OperationalError } from './ports/operational-error.ts';
import { buildApi } from './supervisor/build-api.ts';
import { buildCapabilities } from './supervisor/build-capabilities.ts';
import { buildCloud } from './supervisor/build-cloud.ts';
import { buildConfigJson, buildConfigWatch, type ConfigParts } from './supervisor/build-config.ts';
import { buildDeviceState } from './supervisor/build-device-state.ts';
import { buildFirewall } from './supervisor/build-firewall.ts';
import { buildLogs } from './supervisor/build-logs.ts';
import { buildPast } from './supervisor/build-past.ts';
import { buildPreloader } from './supervisor/build-preloader.ts';
import { buildCore, type StepHook, type SupervisorOptions } from './supervisor/core.ts';

interface Supervisor {
	readonly log: Log;
	/** The engine's address in use, set or default. */
	readonly dockerHost: string;
	/** Lasts until the signal aborts. `false`: it failed, and the reason is in the log. */
	run(signal: AbortSignal): Promise<boolean>;
}

/** The engine sends SIGKILL ten seconds after SIGTERM. */
const STOP_MS = 8000;

export function createSupervisor(
	variables: Readonly<Record<string, string | undefined>>,
	packageVersion: string,
	hooks: { readonly stepEnded?: StepHook | undefined } = {},
): Supervisor {
	const redactor = new Redactor();
	const environment = readEnvironment(variables);
	const clock = new SystemClock();
	const log = createProcessLog(environment, { clock, redactor });
	const options: SupervisorOptions = { environment, packageVersion, clock, log, redactor, ...hooks };
	return {
		log,
		dockerHost: environment.dockerHost,
		run: async (signal) => {
			allowSlowConnections();
			log.info(`Supervisor v${packageVersion} starting up...`);
			try {
				await run(options, signal);
				return true;
			} catch (error) {
				if (error instanceof OperationalError && isAborted(signal)) {
					log.warn('ended before it had started', { error: error.message, code: error.code });
					return true;
				}
				if (error instanceof OperationalError) {
					log.error(`exiting: ${error.message}`, { code: error.code });
				} else {
					log.error('unexpected error, exiting', { error });
				}
				return false;
			}
		},
	};
}

function createProcessLog(
	environment: Environment,
	{ clock, redactor }: Pick<SupervisorOptions, 'clock' | 'redactor'>,
): Log {
	const { level, format, refused } = environment.log;
	const hasTime = format === 'json' || isTimeWritten(environment.log, readOutputFacts(environment));
	const log = createLog({ level, format, redactor, time: hasTime ? () => clock.wall() : undefined });
	for (const word of refused) {
		log.warn('a variable of the environment cannot be used, the default holds', { ...word });
	}
	return log;
}

async function run(options: SupervisorOptions, signal: AbortSignal): Promise<void> {
	const { environment, log } = options;
	const parts = buildConfigJson(options);
	const { databasePath: path } = environment;
	const unlock = await lockDataFolder(path, { signal, log });
	if (unlock === undefined) {
		return; // asked to end while another one was still there
	}
	try {
		const configJson = textFileOf(parts.configJson);
		const database = await openDatabase({
			...{ path, configJson, signal },
			log: log.child('database'),
			systemLog: parts.held,
		});
		await runLocked(options, database, { parts, signal });
	} finally {
		await unlock();
	}
}

async function runLocked(
	options: SupervisorOptions,
	database: Database,
	{ parts, signal }: { readonly parts: ConfigParts; readonly signal: AbortSignal },
): Promise<void> {
	const { log } = options;
	try {
		const components = await buildComponents(options, database, parts);
		await runComponents(components, signal, {
			stopMs: STOP_MS,
			stopFailed: (name, error) => {
				log.error('component failed to stop', { component: name, error });
			},
		});
	} finally {
		await database.close();
	}
}

async function buildComponents(
	options: SupervisorOptions,
	database: Database,
	parts: ConfigParts,
): Promise<readonly Component[]> {
	const core = await buildCore(options, database, parts);
	core.status.onChange(() => core.idleGc.collectSoon());
	const fatal = new FatalErrors();
	const state = buildDeviceState(core, fatal);
	await saveInitialConfig({ ...core, boot: state.boot, log: options.log.child('config') });
	const cloud = await buildCloud(core, state);
	const logs = buildLogs(core, state.engine);
	const preloader = buildPreloader(core, state, cloud);
	const firewall = buildFirewall(core);
	const capabilities = buildCapabilities(core, {
		...state,
		isJournalRead: logs.isJournalRead,
		firewallProblem: (family) => (firewall === undefined ? 'KEEP_FIREWALL is set' : firewall.problemOf(family)),
	});
	state.engine.onEvent(({ type }) => {
		logs.engineChanged();
		if (type === 'connected') {
			capabilities.engineChanged();
		}
	});
	core.systemLog.write('Supervisor starting');
	options.log.info(eventLine('Supervisor start'));
	return [
		fatal,
		state.systemBus, // first: it can end before everything that uses the bus has started
		buildConfigWatch(options, parts.configJson, core.config),
		state.history, // its last write comes after everything else has stopped
		{ name: 'led', stop: () => core.led.stop() },
		...(firewall === undefined ? [] : [firewall]), // before the API can be called
		buildApi(core, state, { cloud, capabilities, past: buildPast(core, state, logs) }),
		state.engine,
		{
			name: 'reconciler',
			start: async (signal) => {
				await state.tracker.start();
				await preloader.load(signal);
			},
			run: (signal) => state.reconciler.run(signal),
			stop: (deadline) => state.runner.drain(deadline),
		},
		state.discoverability,
		cloud.binder,
		cloud.addresses,
		...(isUnmanaged(core.config.current()) ? [] : [core.network.connectivity]),
		logs,
		capabilities,
		core.idleGc,
	];
}
