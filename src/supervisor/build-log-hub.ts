import { JsonCacheFile } from '../adapters/files/index.ts';
import { HttpLogUplink } from '../adapters/http/index.ts';
import { watchLogUplink } from '../api-binder/index.ts';
import type { Config, Environment } from '../config/index.ts';
import { LogHub, type LogAudience } from '../logger/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { LogTarget } from '../ports/log-uplink.ts';
import type { Network } from './build-network.ts';

interface BuildLogHubOptions {
	readonly environment: Environment;
	readonly clock: Clock;
	readonly log: Log;
	readonly network: Network;
}

const CONNECT_TIMEOUT_MS = 59_000;

interface Gates {
	unmanaged: boolean;
	localMode: boolean;
	loggingEnabled: boolean;
}

export async function buildLogHub(
	{ environment, clock, log: processLog, network }: BuildLogHubOptions,
	config: Config,
): Promise<LogHub> {
	const log = processLog.child('logs');
	const gates: Gates = { ...(await config.getMany(['unmanaged', 'localMode', 'loggingEnabled'])) };
	const hub = new LogHub({
		uplink: watchLogUplink(
			new HttpLogUplink({ connectTimeoutMs: CONNECT_TIMEOUT_MS, lookup: network.lookup }),
			network.connectivity,
		),
		store: new JsonCacheFile({
			path: `${environment.rootPath}/tmp/balena-supervisor/log-positions`,
			warning: 'cannot keep how far the logs are sent',
			log,
		}),
		target: () => readTarget(config),
		audience: audienceOf(gates),
		clock,
		log,
	});
	config.onChange((changed) => {
		gates.localMode = changed.localMode ?? gates.localMode;
		gates.loggingEnabled = changed.loggingEnabled ?? gates.loggingEnabled;
		hub.setAudience(audienceOf(gates));
		if (['uuid', 'deviceApiKey', 'apiEndpoint', 'logsEndpoint'].some((key) => key in changed)) {
			hub.reconnect();
		}
	});
	return hub;
}

function audienceOf({ unmanaged, localMode, loggingEnabled }: Gates): LogAudience {
	if (!loggingEnabled) {
		return 'none';
	}
	return unmanaged || localMode ? 'local' : 'cloud';
}

/** Read again for each connection: uuid and key may change. */
async function readTarget(config: Config): Promise<LogTarget | undefined> {
	const values = await config.getMany(['apiEndpoint', 'logsEndpoint', 'uuid', 'deviceApiKey']);
	const { apiEndpoint, logsEndpoint, uuid, deviceApiKey } = values;
	const endpoint = logsEndpoint ?? apiEndpoint;
	if (endpoint === '' || uuid == null || deviceApiKey === '') {
		return undefined;
	}
	return { url: `${endpoint}/device/v2/${uuid}/log-stream`, deviceApiKey };
}
