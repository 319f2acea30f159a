import type { DeviceStatus } from '../domain/status.ts';
import { OperationalError } from '../ports/operational-error.ts';

/** For routes that show containers. Throws while the device cannot be observed (decision D19). */
export function requireSeen(status: DeviceStatus | undefined): DeviceStatus | undefined {
	if (status?.unseen !== undefined) {
		throw new OperationalError('device-not-observed', `The device cannot be observed: ${status.unseen.message}`);
	}
	return status;
}
