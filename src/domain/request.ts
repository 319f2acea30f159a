import type { HostConfigChange } from './host-config.ts';

/**
 * What a user asked for through the device API (spec: planner 14): planned like any difference. A request names what
 * must go by id, never by time, so that it ends, also across restarts of the supervisor.
 */

export type RequestBody =
	/** These containers must be gone, then the target again. */
	| { readonly kind: 'restartApp'; readonly appId: number; readonly containers: readonly string[] }
	/** Likewise, with networks (ids) and volumes (names; each is dropped once it was seen gone). */
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
	/** Holds until the container is gone or a start is requested. */
	| {
			readonly kind: 'stopService';
			readonly appId: number;
			readonly serviceName: string;
			readonly containerId: string;
	  }
	/** Done when the container has started after `startedAt`, its last start at the time of the request. */
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
	/** Absent: an earlier version has stored it. */
	readonly asker?: Asker | undefined;
	/** When this process accepted or loaded it, by the monotonic clock: earlier failures do not count for it. */
	readonly since: number;
}

export type RequestOutcome =
	| { readonly kind: 'done' }
	/** Not retried: the caller gets the first error. */
	| { readonly kind: 'failed'; readonly code: string; readonly message: string }
	/** A later request or target contradicts it. */
	| { readonly kind: 'superseded' };

/** Which key asked: of the device, of an app (`app:5`); `none`: no key was required. */
export type Asker = 'device' | 'none' | `app:${number}`;

/** A request that came, or has ended. */
export interface RequestNote {
	readonly id: string;
	readonly body: RequestBody;
	readonly force: boolean;
	readonly asker?: Asker | undefined;
	/** Absent: it is open. */
	readonly outcome?: RequestOutcome | undefined;
}

/** The app of a request; `undefined` for a request about the device. */
export function appOf(body: RequestBody): number | undefined {
	return 'appId' in body ? body.appId : undefined;
}
