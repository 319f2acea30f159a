import { basename, join } from 'node:path';
import { pathExists, readText } from '../adapters/files/index.ts';
import { Journalctl } from '../adapters/journal/index.ts';
import type { Cloud } from '../api-binder/index.ts';
import { SUPERVISOR_ADDRESS } from '../application-manager/index.ts';
import { isUnmanaged, listenAddress, type Settings } from '../config/index.ts';
import { localTarget } from '../device-state/index.ts';
import {
	ApiServer,
	createApi,
	findKey,
	isLoopback,
	METRICS_PATH,
	requiresKey,
	keyPolicyOf,
	listTags,
	startUpdate,
	type ApiOptions,
} from '../device-api/index.ts';
import { OWN_NAME_LENGTH, type Capabilities, type HostConfig } from '../host/index.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { DeviceStateParts } from './build-device-state.ts';
import { buildDryRun } from './build-dry-run.ts';
import { buildHostInfo } from './build-host-info.ts';
import { buildMetrics } from './build-metrics.ts';
import type { Core } from './core.ts';

/** Both are beside the bundle. When the program runs from source, they are in `docs/` and where the last build has put them. */
const IS_SOURCE = basename(import.meta.dirname) === 'supervisor';
const DOCUMENT = join(import.meta.dirname, IS_SOURCE ? '../../docs/openapi.json' : 'openapi.json');
const PAGE = join(import.meta.dirname, IS_SOURCE ? '../../dist/page' : 'page');

interface ApiParts {
	readonly cloud: Cloud;
	readonly capabilities: Capabilities;
	readonly past: ApiOptions['past'];
}

export function buildApi(core: Core, state: DeviceStateParts, { cloud, capabilities, past }: ApiParts): ApiServer {
	const { options, config, database, status, targets, facts } = core;
	const { reconciler, power } = state;
	const { clock } = options;
	const log = options.log.child('api');
	warnIfOpen(config, log);
	const api = createApi({
		authentication: {
			keys: database.keys,
			isRequired: (address, path) => Promise.resolve(isKeyRequired(core, address, path)),
		},
		deviceNames: () => readNames(config, state.hostConfig),
		isHealthy: () => Promise.resolve(reconciler.isAlive() && cloud.poller.isAlive() && cloud.reporter.isAlive()),
		status: () => status.latest(),
		targetApps: () => targets.listAllApps(),
		facts: async () => {
			const { supervisorVersion: version, ...device } = await facts();
			return { apiPort: config.current().listenPort, version, ...device };
		},
		update: (request) => startUpdate(request, { config, reconciler, fetches: cloud.fetches }),
		...buildOperations(core, state, cloud),
		...buildV3(core, state, { cloud, capabilities, past }),
		local: buildLocal(core, state),
		journal: new Journalctl(),
		readDocument: () => readText(DOCUMENT),
		readPageFile: (name) => readText(join(PAGE, name)),
		collectSoon: () => {
			core.idleGc.collectSoon();
		},
		log,
		now: () => clock.now(),
		wall: () => clock.wall(),
		redact: (text) => core.options.redactor.redact(text),
	});
	const server = new ApiServer({
		api,
		address: async () => {
			await ensureKey(database.keys, log);
			return listenAddress(await config.read(), SUPERVISOR_ADDRESS);
		},
		clock,
		log,
	});
	power.onChange(() => {
		if (power.shuttingDown) {
			server.refuseCallers();
		} else {
			server.admitCallers();
		}
	});
	return server;
}

function buildV3(
	core: Core,
	state: DeviceStateParts,
	{ cloud, capabilities, past }: ApiParts,
): Pick<ApiOptions, 'v3' | 'plan' | 'past' | 'metrics'> {
	const hostInfo = buildHostInfo(core);
	return {
		v3: {
			cloudReasons: () => cloud.troubles.current(),
			openRequests: () => state.tracker.open(),
			capabilities: () => capabilities.current(),
			hostInfo,
		},
		metrics: buildMetrics(core, { cloud, capabilities, engine: state.engine, hostInfo }),
		plan: { dryRun: buildDryRun(core, state) },
		past,
	};
}

/** Programs on the device itself may be allowed to scrape without a key. */
function isKeyRequired({ config, options }: Core, address: string | undefined, path: string): boolean {
	if (options.environment.opensMetrics && path === METRICS_PATH && isLoopback(address)) {
		return false;
	}
	return requiresKey(keyPolicyOf(config.current()), address);
}

/** Logs when no key is required: at the start, and when a setting changes that. */
function warnIfOpen(config: Core['config'], log: Log): void {
	const warn = (next: Settings, previous?: Settings) => {
		const isOpen = keyPolicyOf(next) === 'none';
		if (isOpen && (previous === undefined || keyPolicyOf(previous) !== 'none')) {
			log.warn('the API requires no key: every host on the network can change this device');
		}
	};
	warn(config.current());
	config.onChange(warn);
}

/** Of the device itself, for when one is required. */
async function ensureKey(keys: Core['database']['keys'], log: Log): Promise<void> {
	try {
		await keys.globalKey();
	} catch (error) {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		log.warn('cannot make a key for the API', { error: error.message }); // every report asks for it, too
	}
}

async function readNames(config: Core['config'], hostConfig: HostConfig): Promise<readonly string[]> {
	const { hostname = '', uuid = '' } = config.current();
	const names = [hostname, uuid, uuid.slice(0, OWN_NAME_LENGTH)];
	try {
		return [...names, (await hostConfig.read()).hostname];
	} catch (error) {
		if (error instanceof OperationalError) {
			return names; // the host does not answer
		}
		throw error;
	}
}

function buildLocal({ config, intake, targets, logHub }: Core, { reconciler }: DeviceStateParts): ApiOptions['local'] {
	return {
		isOn: async () => (await config.read()).localMode,
		readTarget: async () => {
			const settings = await config.read();
			return {
				deviceName: settings.deviceName,
				isUnmanaged: isUnmanaged(settings),
				variables: await targets.readVariables(),
				apps: await targets.listAllApps(),
			};
		},
		setTarget: async (input, { force }) => {
			const { uuid = 'local', deviceName: name } = await config.read();
			const outcome = await intake.accept(localTarget(input, { uuid, name }));
			if (outcome.kind === 'stored' && force) {
				reconciler.update({ force });
			}
			return outcome.kind === 'refused' ? { stored: false, lines: outcome.lines } : { stored: true };
		},
		logs: (signal) => logHub.listen(signal),
	};
}

function buildOperations(
	{ options, config, database, hostFacts, status, systemLog, led }: Core,
	{ tracker, vpn, hostConfig, composer }: DeviceStateParts,
	cloud: Cloud,
): Pick<
	ApiOptions,
	'operations' | 'blink' | 'regenerateKey' | 'deviceName' | 'deviceInfo' | 'hostConfig' | 'vpn' | 'tags'
> {
	const { environment } = options;
	return {
		operations: {
			status: () => status.latest(),
			submit: (body, rest) => tracker.submit(body, rest),
			systemLog,
		},
		blink: () => {
			led.blink();
		},
		regenerateKey: async (url, headers) => {
			const key = findKey(url, headers);
			const renewed = key === undefined ? undefined : await database.keys.regenerate(key);
			if (renewed !== undefined) {
				composer.keysChanged();
				cloud.reporter.wake(); // report the key that the cloud's proxy uses for calls to the device
			}
			return renewed;
		},
		deviceName: async () => (await config.read()).deviceName,
		deviceInfo: async () => {
			const { arch, slug } = await hostFacts.deviceType();
			return { arch, deviceType: slug };
		},
		hostConfig: () => hostConfig.read(),
		vpn: async () => ({
			enabled: await vpn.isEnabled(),
			connected: await pathExists(`${environment.vpnStatusPath}/active`),
		}),
		tags: {
			set: (tags) => cloud.tags.set(tags),
			list: () => listTags({ config, tags: cloud.tags, clock: options.clock }),
		},
	};
}
