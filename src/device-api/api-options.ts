import type { DeviceStatus } from '../domain/status.ts';
import type { TargetApp } from '../domain/target.ts';
import type { Log } from '../ports/log.ts';
import type { AuthenticationOptions } from './middleware.ts';

export interface DeviceFacts {
	/** Always `listenPort`, never the override. */
	readonly apiPort: number;
	readonly version: string;
	readonly osVersion?: string;
	readonly ipAddress?: string;
	readonly macAddress?: string;
}

export interface ApiOptions {
	readonly authentication: AuthenticationOptions;
	/** Our own liveness (decision D3). */
	readonly isHealthy: () => Promise<boolean>;
	readonly status: () => DeviceStatus | undefined;
	/** Apps stored as target, of all sources: in local mode the cloud's too. */
	readonly targetApps: () => Promise<readonly TargetApp[]>;
	readonly facts: () => Promise<DeviceFacts>;
	/** Fetches the target and applies it. `false`: neither forced nor wanted by the settings, so nothing happens. */
	readonly update: (options: { readonly force: boolean; readonly cancel: boolean }) => Promise<boolean>;
	readonly log: Log;
	readonly now: () => number;
}
