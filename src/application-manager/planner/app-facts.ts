import type { ComposedApp } from '../../domain/target.ts';
import type { CurrentApp } from '../../domain/current.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/resource.ts';

/** Facts that all apps share, indexed once per pass. */
export interface DeviceFacts {
	readonly imageRecords: readonly StoredImageRecord[];
	readonly recordsByService: ReadonlyMap<string, readonly StoredImageRecord[]>;
	readonly imagesById: ReadonlyMap<string, EngineImage>;
	readonly keepVolumes: boolean;
}

/** One app, as it is and as it should be. */
export interface AppPair {
	readonly appId: number;
	readonly current: CurrentApp | undefined;
	readonly target: ComposedApp | undefined;
	/** Something of this app carries our label and cannot be read: leave everything alone. */
	readonly unreadable: boolean;
}

export function serviceKey(appId: number, serviceName: string): string {
	return `${appId}/${serviceName}`;
}
