import type { DeviceFacts, MetricFields } from '../../device-state/index.ts';
import type { DeviceStatus } from '../../domain/status.ts';

/** Read again for each report and each attempt to register. */
export type ReadDeviceFacts = () => Promise<DeviceFacts>;

/** The published status of the device. */
export interface StatusSource {
	latest(): DeviceStatus | undefined;
	/** Returns a function that removes the listener. */
	onChange(listener: (status: DeviceStatus) => void): () => void;
}

export interface MetricsCollector {
	/** Never rejects: unreadable values are left out. Without `hardware` only what is always reported. */
	collect(options: { readonly hardware: boolean }): Promise<MetricFields>;
}
