import type { HostConfigChange } from './host-config.ts';

/**
 * What a user asked for through the device API (spec: planner 14): planned like any difference. A request names what has
 * to go by id, never by time, so that it ends, also across restarts of the supervisor.
 */

export type RequestBody =
	/** These containers must be gone, then the target again. */
	| { readonly kind: 'restartApp'; readonly appId: number; readonly containers: readonly string[] }
	/** These, with networks (ids) and volumes (names: what has been seen gone is struck off). */
	| {
			readonly kind: 'purgeApp';
			readonly appId: number;
			readonly containers: readonly string[];
			readonly networks: readonly string[];
			readonly volumes: readonly string[];
	  }
	| {
			readonly kind: 'restartService';
			readonly appId: number;
			readonly serviceName: string;
			readonly containers: readonly string[];
	  }
	/** Holds until the container is gone or is asked to start. */
	| {
			readonly kind: 'stopService';
			readonly appId: number;
			readonly serviceName: string;
			readonly containerId: string;
	  }
	/** Must have been started again since it was last started then. */
	| {
			readonly kind: 'startService';
			readonly appId: number;
			readonly serviceName: string;
			readonly containerId: string;
			readonly startedAt?: string;
	  }
	| { readonly kind: 'cleanupVolumes'; readonly volumes: readonly string[] }
	/** Kept in memory only: it may hold a password. */
	| { readonly kind: 'changeHostConfig'; readonly change: HostConfigChange }
	| { readonly kind: 'reboot' }
	| { readonly kind: 'shutdown' };

export interface UpdateRequest {
	readonly id: string;
	readonly body: RequestBody;
	/** Locks of users do not count. */
	readonly force: boolean;
	/** `holding`: a stop that was carried out and still counts. */
	readonly state: 'open' | 'holding';
	/** When this life of the supervisor heard of it, by the monotonic clock: what failed before has nothing to do with it. */
	readonly since: number;
}

export type RequestOutcome =
	| { readonly kind: 'done' }
	/** Not tried again: the first error is the caller's. */
	| { readonly kind: 'failed'; readonly code: string; readonly message: string }
	/** A later request, or a target, says otherwise. */
	| { readonly kind: 'superseded' };

/** The app that a request is about; none for those about the device. */
export function appOf(body: RequestBody): number | undefined {
	return 'appId' in body ? body.appId : undefined;
}
