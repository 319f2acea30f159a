import type { ComposedApp } from '../../domain/target.ts';
import type { ImageIndex } from '../images/find-image.ts';
import type { AppRequests } from './app-requests.ts';
import type { CurrentApp, CurrentState } from '../../domain/current.ts';
import type { StoredImageRecord } from '../../domain/engine-objects.ts';

/** Facts that all apps share, indexed once per pass. */
export interface DeviceFacts {
	readonly imageRecords: readonly StoredImageRecord[];
	readonly recordsByService: ReadonlyMap<string, readonly StoredImageRecord[]>;
	readonly images: ImageIndex;
	readonly keepImages: boolean;
	readonly keepVolumes: boolean;
	readonly localMode: boolean;
	readonly force: boolean;
	readonly host: CurrentState['host'];
	readonly crashes: CurrentState['crashes'];
	readonly failedStarts: CurrentState['failedStarts'];
	readonly leaving: CurrentState['leaving'];
	readonly completed: CurrentState['completed'];
	readonly unsteadyUntil: CurrentState['unsteadyUntil'];
	readonly keptVolumes: CurrentState['keptVolumes'];
}

/** One app: current and target. */
export interface AppPair {
	readonly appId: number;
	readonly current: CurrentApp | undefined;
	readonly target: ComposedApp | undefined;
	readonly requests: AppRequests;
	/** Services whose update locks are ours; absent: none. */
	readonly locks: ReadonlySet<string> | undefined;
	/** Something of this app carries our label and cannot be read: the app is skipped. */
	readonly unreadable: boolean;
}

export function serviceKey(appId: number, serviceName: string): string {
	return `${appId}/${serviceName}`;
}
