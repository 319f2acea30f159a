import { ensureFolder, pathExists } from '../adapters/files/index.ts';
import { createLookup, MulticastDns, TcpProbe, type Lookup } from '../adapters/network/index.ts';
import { Connectivity } from '../api-binder/index.ts';
import type { Config, Environment } from '../config/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Led } from '../ports/led.ts';
import type { Log } from '../ports/log.ts';

interface BuildNetworkOptions {
	readonly environment: Environment;
	readonly clock: Clock;
	readonly led: Led;
	readonly log: Log;
}

export interface Network {
	/** Name lookup for all connections. */
	readonly lookup: Lookup;
	readonly connectivity: Connectivity;
}

export function buildNetwork(
	{ environment, clock, led, log: processLog }: BuildNetworkOptions,
	config: Config,
): Network {
	const { vpnStatusPath } = environment;
	const log = processLog.child('network');
	const lookup = createLookup({ multicast: new MulticastDns() });
	const connectivity = new Connectivity({
		settings: config,
		prepareVpnStatus: async () => {
			if (!(await ensureFolder(vpnStatusPath))) {
				log.warn('VPN status directory unavailable', { path: vpnStatusPath });
			}
		},
		isVpnUp: () => pathExists(`${vpnStatusPath}/active`),
		probe: new TcpProbe({ lookup }),
		led,
		clock,
		log,
	});
	config.onChange((next, previous) => {
		if (next.connectivityCheckEnabled !== previous.connectivityCheckEnabled) {
			connectivity.changed();
		}
	});
	return { lookup, connectivity };
}
