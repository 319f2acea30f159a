import { OperationalError } from '../ports/operational-error.ts';
import type { DeviceType, HostFacts } from '../ports/settings.ts';

const UNKNOWN: DeviceType = { slug: 'unknown', arch: 'unknown' };

/** Both are `unknown` while they cannot be read (spec: config 4.3). */
export async function readDeviceType(host: Pick<HostFacts, 'deviceType'>): Promise<DeviceType> {
	try {
		return await host.deviceType();
	} catch (error) {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		return UNKNOWN;
	}
}
