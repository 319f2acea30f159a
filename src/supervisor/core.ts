import { adoptLegacyLockFolder, FatFile, writeAndSync } from '../adapters/files/index.ts';
import { HostFiles, LedFile, readIpAddresses, readKernel } from '../adapters/host/index.ts';
import type { Database, SqliteTargetStore } from '../adapters/sqlite/index.ts';
import { IdleGarbageCollector } from '../adapters/system/index.ts';
import { readDeviceFacts } from '../api-binder/index.ts';
import { parseKernelFacts, type ContractFacts } from '../application-manager/index.ts';
import {
	Config,
	onTargetSourceChange,
	readTargetSource,
	reportedVersion,
	variablesToStore,
	type Environment,
} from '../config/index.ts';
import { StatusBoard, TargetIntake } from '../device-state/index.ts';
import { UserSystemLog, type LogHub, type Redactor } from '../logger/index.ts';
import type { ReadDeviceFacts } from '../ports/cloud-facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Led } from '../ports/led.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import { buildLogHub } from './build-log-hub.ts';
import { buildNetwork, type Network } from './build-network.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { HostFacts } from '../ports/settings.ts';

/** Called after each step, done or failed, with the number of steps since the process started. */
export type StepHook = (count: number) => void;

export interface SupervisorOptions {
	readonly environment: Environment;
	readonly packageVersion: string;
	readonly clock: Clock;
	readonly log: Log;
	readonly redactor: Redactor;
	readonly stepEnded?: StepHook | undefined;
}

/** Objects that several parts share. */
export interface Core {
	readonly options: SupervisorOptions;
	readonly database: Database;
	readonly config: Config;
	readonly hostFacts: HostFacts;
	readonly targets: SqliteTargetStore;
	readonly status: StatusBoard;
	readonly systemLog: SystemLog;
	readonly network: Network;
	readonly logHub: LogHub;
	readonly idleGc: IdleGarbageCollector;
	readonly led: Led;
	readonly version: string;
	readonly intake: TargetIntake;
	readonly facts: ReadDeviceFacts;
	readonly readAddresses: () => readonly string[];
}

export async function buildCore(options: SupervisorOptions, database: Database, configJson: FatFile): Promise<Core> {
	const { environment, log, redactor } = options;
	await shareLegacyLocks(options);
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
	database.keys.watch((key) => {
		redactor.add(key);
	});
	const targets = database.targetStore({
		readSource: () => readTargetSource(config),
		onSourceChange: (listener) => onTargetSourceChange(config, listener),
		normalise: variablesToStore,
		dump: (variables) => writeAndSync(environment.targetConfigDumpPath, JSON.stringify(variables)),
	});
	targets.watchSource();
	const led = new LedFile(environment.ledPath, options.clock);
	const readAddresses = () => readIpAddresses(environment.networkPath);
	const network = buildNetwork({ ...options, led }, config);
	const logHub = await buildLogHub({ ...options, network }, config);
	const systemLog = new UserSystemLog({ log, user: logHub, redactor });
	return {
		options,
		database,
		config,
		hostFacts: host,
		targets,
		intake: new TargetIntake({
			targets,
			facts: () => readContractFacts(config, host, version),
			log: log.child('target'),
			systemLog,
		}),
		status: new StatusBoard(),
		systemLog,
		network,
		logHub,
		idleGc: new IdleGarbageCollector(options.clock),
		led,
		version,
		readAddresses,
		facts: () => readDeviceFacts({ config, keys: database.keys, readAddresses }),
	};
}

async function readContractFacts(config: Config, host: HostFiles, supervisorVersion: string): Promise<ContractFacts> {
	const [{ deviceType, deviceArch }, release] = await Promise.all([
		config.getMany(['deviceType', 'deviceArch']),
		host.osRelease(),
	]);
	return {
		supervisorVersion,
		deviceType,
		deviceArch,
		osVersion: release?.get('VERSION'),
		osSlug: release?.get('ID'),
		...parseKernelFacts(readKernel()),
	};
}

/** Keys of the device never reach the log. */
async function hideKeys(config: Config, redactor: Redactor): Promise<void> {
	const { deviceApiKey, apiKey } = await config.getMany(['deviceApiKey', 'apiKey']);
	redactor.add(deviceApiKey, apiKey ?? undefined);
	config.onChange((changed) => {
		redactor.add(changed.deviceApiKey, changed.apiKey ?? undefined);
	});
}

/** Before the first file is written there. Without it, services of an old system look for their locks elsewhere. */
async function shareLegacyLocks({ environment, log }: SupervisorOptions): Promise<void> {
	try {
		await adoptLegacyLockFolder(environment.rootPath);
	} catch (error) {
		if (!(error instanceof OperationalError)) throw error;
		log.warn('cannot share the lock folder of an old operating system', { error: error.message });
	}
}
