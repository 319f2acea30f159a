import type { Cloud } from '../api-binder/index.ts';
import { SUPERVISOR_ADDRESS } from '../application-manager/index.ts';
import { readListenAddress } from '../config/index.ts';
import { ApiServer, createApi } from '../device-api/index.ts';
import type { Reconciler } from '../device-state/index.ts';
import type { Core } from './core.ts';

export function buildApi(core: Core, reconciler: Reconciler, cloud: Cloud): ApiServer {
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
			reconciler.update({ force: request.force });
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
