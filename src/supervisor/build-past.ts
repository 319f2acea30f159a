import { DockerContainerLogs } from '../adapters/docker/index.ts';
import { Journalctl } from '../adapters/journal/index.ts';
import type { ApiOptions } from '../device-api/index.ts';
import { ServiceLogs } from '../logger/index.ts';
import type { DeviceStateParts } from './build-device-state.ts';
import type { Core } from './core.ts';
import { ownContainerNames } from './own-container.ts';

const READ_TIMEOUT_MS = 60_000;

/** What the API shows of the past: the history, requests, and the logs of services. */
export function buildPast(
	{ options, status }: Core,
	{ engine, history, tracker }: DeviceStateParts,
	{ isJournalRead }: { readonly isJournalRead: () => Promise<boolean> },
): ApiOptions['past'] {
	const { clock, environment } = options;
	const serviceLogs = new ServiceLogs({
		...{ engine, isJournalRead, clock },
		logs: new DockerContainerLogs({ host: environment.dockerHost, readTimeoutMs: READ_TIMEOUT_MS }),
		journal: new Journalctl(),
		ownNames: ownContainerNames(environment),
		log: options.log.child('logs'),
	});
	return {
		history: (query, page) => history.list(query, page),
		onHistory: (listener) => history.onEvent(listener),
		onStatus: (listener) =>
			status.onChange(() => {
				listener();
			}),
		findRequest: (id) => tracker.find(id),
		openLogs: (query) => serviceLogs.open(query),
		sleep: (ms, signal) => clock.sleep(ms, signal),
	};
}
