import { adoptLegacyLockFolder, explainFatrw, FatFile, writeAndSync } from '../adapters/files/index.ts';
import { HostFiles, LedFile, readIpAddresses, readKernel } from '../adapters/host/index.ts';
import type { Database, SqliteTargetStore } from '../adapters/sqlite/index.ts';
import { IdleGarbageCollector } from '../adapters/system/index.ts';
import { readDeviceFacts, type ReadDeviceFacts } from '../api-binder/index.ts';
import { parseKernelFacts, type ContractFacts } from '../application-manager/index.ts';
import {
	Config,
	readDeviceType,
	reportedVersion,
	targetSource,
	variablesToStore,
	type Environment,
	type Settings,
} from '../config/index.ts';
import { StatusBoard, TargetIntake } from '../device-state/index.ts';
import { UserSystemLog, type LogHub, type Redactor } from '../logger/index.ts';
import { Activity } from '../metrics/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Led } from '../ports/led.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { ConfigParts } from './build-config.ts';
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
	/** What happened since the start, for the metrics. */
	readonly activity: Activity;
	readonly idleGc: IdleGarbageCollector;
	readonly led: Led;
	readonly version: string;
	readonly intake: TargetIntake;
	readonly facts: ReadDeviceFacts;
	readonly readAddresses: () => readonly string[];
}

export async function buildCore(options: SupervisorOptions, database: Database, parts: ConfigParts): Promise<Core> {
	const { environment, log, redactor } = options;
	await shareLegacyLocks(options);
	const version = reportedVersion(options.packageVersion, environment);
	const host = new HostFiles({
		osReleasePath: environment.osReleasePath,
		deviceTypeFile: new FatFile(environment.deviceTypePath),
		networkPath: environment.networkPath,
		log: log.child('host'),
	});
	const config = new Config({ rows: database.settings, configJson: parts.configJson, log: log.child('config') });
	await config.start();
	hideKeys(config, redactor);
	database.keys.watch((key) => {
		redactor.add(key);
	});
	const targets = database.targetStore({
		readSource: async () => targetSource(await config.read()),
		onSourceChange: (listener) =>
			config.onChange((next, previous) => {
				if (targetSource(next) !== targetSource(previous)) {
					listener();
				}
			}),
		settingsWritten: () => config.read(),
		normalise: variablesToStore,
		dump: (variables) => writeAndSync(environment.targetConfigDumpPath, JSON.stringify(variables)),
	});
	targets.watchSource();
	const led = new LedFile(environment.ledPath, options.clock);
	const readAddresses = () => readIpAddresses(environment.networkPath);
	const network = buildNetwork({ ...options, led }, config);
	const logHub = buildLogHub({ ...options, network }, config);
	const systemLog = new UserSystemLog({ log, user: logHub, redactor });
	parts.held.release(systemLog);
	await checkFatrw(log, systemLog);
	return {
		options,
		database,
		config,
		hostFacts: host,
		targets,
		intake: new TargetIntake({
			targets,
			facts: () => readContractFacts(host, version),
			log: log.child('target'),
			systemLog,
		}),
		status: new StatusBoard(),
		systemLog,
		network,
		logHub,
		activity: new Activity(() => options.clock.now()),
		idleGc: new IdleGarbageCollector(options.clock),
		led,
		version,
		readAddresses,
		facts: () => readDeviceFacts({ config, host, supervisorVersion: version, keys: database.keys, readAddresses }),
	};
}

export async function readContractFacts(host: HostFacts, supervisorVersion: string): Promise<ContractFacts> {
	const [{ slug, arch }, release] = await Promise.all([readDeviceType(host), host.osRelease()]);
	return {
		supervisorVersion,
		deviceType: slug,
		deviceArch: arch,
		osVersion: release?.get('VERSION'),
		osSlug: release?.get('ID'),
		...parseKernelFacts(readKernel()),
	};
}

/** Keys of the device never reach the log. */
function hideKeys(config: Config, redactor: Redactor): void {
	const hide = ({ deviceApiKey, provisioningKey }: Settings) => {
		redactor.add(deviceApiKey, provisioningKey);
	};
	hide(config.current());
	config.onChange(hide);
}

/** Otherwise it would be noticed with the first change of a boot file or setting. */
async function checkFatrw(log: Log, systemLog: SystemLog): Promise<void> {
	const reason = await explainFatrw();
	if (reason !== undefined) {
		log.error('fatrw cannot be used: files on the boot partition are read without it, and not changed', { reason });
		systemLog.write(`Files on the boot partition cannot be changed: ${reason}`, { error: true });
	}
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
