import type { Reason } from '../../domain/reason.ts';
import type { UpdateRequest } from '../../domain/request.ts';
import type { DeviceStatus } from '../../domain/status.ts';

/** All that an explanation follows from: while each member is the same object, so is the explanation. */
export interface V3Input {
	readonly status: DeviceStatus | undefined;
	/** What stands between the device and its cloud. */
	readonly cloud: readonly Reason[];
	/** Open ones, and stops that hold. */
	readonly requests: readonly UpdateRequest[];
	/** No time server has set the clock yet. */
	readonly isClockUnset: boolean;
}
