import isEqual from 'lodash/isEqual.js';
import { JsonCacheFile } from '../adapters/files/index.ts';
import { HttpLogUplink } from '../adapters/http/index.ts';
import { watchLogUplink } from '../api-binder/index.ts';
import type { Config, Environment } from '../config/index.ts';
import { logAudience, LogHub, logTarget } from '../logger/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Network } from './build-network.ts';

interface BuildLogHubOptions {
	readonly environment: Environment;
	readonly clock: Clock;
	readonly log: Log;
	readonly network: Network;
}

const CONNECT_TIMEOUT_MS = 59_000;

export function buildLogHub(
	{ environment, clock, log: processLog, network }: BuildLogHubOptions,
	config: Config,
): LogHub {
	const log = processLog.child('logs');
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
		target: () => Promise.resolve(logTarget(config.current())),
		audience: logAudience(config.current()),
		clock,
		log,
	});
	config.onChange((next, previous) => {
		hub.setAudience(logAudience(next));
		if (!isEqual(logTarget(next), logTarget(previous))) {
			hub.reconnect();
		}
	});
	return hub;
}
