import { readText, JsonCacheFile } from '../adapters/files/index.ts';
import { readFileSystemSize, readKernelLog } from '../adapters/host/index.ts';
import { GotClient } from '../adapters/http/index.ts';
import {
	addressOf,
	createCloud,
	DeviceMetrics,
	FoundVariables,
	watchRequests,
	type Cloud,
} from '../api-binder/index.ts';
import { isUnmanaged } from '../config/index.ts';
import type { DeviceStateParts } from './build-device-state.ts';
import type { Core } from './core.ts';

export async function buildCloud(core: Core, { reconciler, boot }: DeviceStateParts): Promise<Cloud> {
	const { options, config, targets, intake, status, systemLog, facts, network } = core;
	const log = options.log.child('cloud');
	const variables = new FoundVariables({ config, bootVariables: () => boot.readVariables() });
	await variables.note();
	explainEndpoint(core);
	return createCloud({
		http: watchRequests(new GotClient({ lookup: network.lookup }), network.connectivity),
		settings: config,
		variables,
		targets,
		intake,
		status,
		facts,
		metrics: new DeviceMetrics({ readText, statfs: readFileSystemSize, readKernelLog }),
		cache: new JsonCacheFile({
			path: `${options.environment.rootPath}/tmp/balena-supervisor/state-report-cache`,
			warning: 'cannot keep the last report',
			log,
		}),
		readAddresses: core.readAddresses,
		addressesChanged: () => {
			core.hostFacts.addressesChanged();
			network.connectivity.recheck();
		},
		newId: () => config.newUniqueKey(),
		supervisorVersion: core.version,
		answered: (call) => {
			core.activity.cloudAnswered(call);
		},
		apply: ({ force }) => {
			reconciler.update({ force });
		},
		clock: options.clock,
		log,
		systemLog,
	});
}

const SHOWN_LENGTH_MAX = 100;

/** Once: a request that fails does not show that its address can never work. */
function explainEndpoint({ config, systemLog }: Core): void {
	const { apiEndpoint } = config.current();
	if (!isUnmanaged({ apiEndpoint }) && addressOf(apiEndpoint) === undefined) {
		const shown = JSON.stringify(apiEndpoint.slice(0, SHOWN_LENGTH_MAX));
		const message = `apiEndpoint in config.json is not an http or https URL: ${shown}`;
		systemLog.write(`${message}. The device keeps its containers, and has no cloud until it is corrected`, {
			error: true,
		});
	}
}
