import type { Findings } from '../../domain/capability.ts';
import type { Reason } from '../../domain/reason.ts';
import type { UpdateRequest } from '../../domain/request.ts';

/** What v3 shows beside the status of the device. The lists are the same objects until something changes. */
export interface V3Options {
	/** What stands between the device and its cloud. */
	readonly cloudReasons: () => readonly Reason[];
	/** Open ones, and stops that hold. */
	readonly openRequests: () => readonly UpdateRequest[];
	readonly capabilities: () => Findings;
	/** Asks neither the engine nor the cloud. */
	readonly hostInfo: () => Promise<HostInfo>;
}

/** The device itself; what cannot be read is absent. Sizes in bytes. */
export interface HostInfo {
	readonly uuid?: string;
	readonly name: string;
	/** Absent: the device has no cloud. */
	readonly apiEndpoint?: string;
	readonly os: {
		readonly name?: string;
		readonly version?: string;
		readonly variant?: string;
		readonly build?: string;
	};
	readonly kernel: string;
	readonly arch: string;
	readonly deviceType: string;
	readonly memory?: { readonly totalBytes: number; readonly usedBytes: number };
	readonly storage?: { readonly totalBytes: number; readonly usedBytes: number; readonly blockDevice?: string };
	readonly cpuUsage?: number;
	readonly cpuId?: string;
	/** Degrees Celsius. */
	readonly temperature?: number;
	/** The kernel has reported a supply voltage that is too low. */
	readonly isUndervolted?: boolean;
	readonly ipAddresses: readonly string[];
	readonly macAddresses: readonly string[];
	readonly supervisorVersion: string;
}
