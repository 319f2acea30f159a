import type { UpdateRequest } from '../../domain/request.ts';

/** All open requests for one app, merged. */
export interface AppRequests {
	/** Containers to remove → the kind of request. */
	readonly containers: ReadonlyMap<string, 'restart' | 'purge'>;
	/** Networks to remove, by id. */
	readonly networks: ReadonlySet<string>;
	/** Engine names. */
	readonly volumes: ReadonlySet<string>;
	/** Containers that must not run, although the target says so. */
	readonly stopped: ReadonlySet<string>;
	/** Containers to start → when they were last started at the time of the request. */
	readonly starts: ReadonlyMap<string, string | undefined>;
	readonly force: boolean;
}

const NO_REQUESTS: AppRequests = {
	containers: new Map(),
	networks: new Set(),
	volumes: new Set(),
	stopped: new Set(),
	starts: new Map(),
	force: false,
};

/** Later requests take precedence: the store supersedes those that contradict each other. */
export function foldRequests(requests: readonly UpdateRequest[], appId: number): AppRequests {
	const own = requests.filter(({ body }) => 'appId' in body && body.appId === appId);
	if (own.length === 0) {
		return NO_REQUESTS;
	}
	const containers = new Map<string, 'restart' | 'purge'>();
	const networks = new Set<string>();
	const volumes = new Set<string>();
	const stopped = new Set<string>();
	const starts = new Map<string, string | undefined>();
	for (const { body } of own) {
		switch (body.kind) {
			case 'purgeApp':
				body.networks.forEach((id) => networks.add(id));
				body.volumes.forEach((name) => volumes.add(name));
				body.containers.forEach((id) => containers.set(id, 'purge'));
				break;
			case 'restartApp':
			case 'restartService':
				body.containers.forEach((id) => containers.set(id, 'restart'));
				break;
			case 'stopService':
				stopped.add(body.containerId);
				break;
			case 'startService':
				starts.set(body.containerId, body.startedAt);
				break;
			case 'cleanupVolumes':
			case 'changeHostConfig':
			case 'reboot':
			case 'shutdown':
				break;
		}
	}
	return {
		containers,
		networks,
		volumes,
		stopped,
		starts,
		force: own.some(({ state, force }) => state === 'open' && force),
	};
}
