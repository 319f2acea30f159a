import { OperationalError } from './operational-error.ts';

/**
 * Units of the host's systemd, read again at each call (spec: host 6). Changes resolve when their job is queued, without
 * its result. All reject with `SystemBusError`, and within a time limit.
 */
export interface SystemUnits {
	/** Already active is success. Code `unit-missing` if there is no such unit; likewise below. */
	startUnit(unit: string): Promise<void>;
	/** Not active is success. */
	stopUnit(unit: string): Promise<void>;
	/** Starts a unit that is not active. */
	restartUnit(unit: string): Promise<void>;
	/** The state in systemd: `active`, `inactive`, `failed` …; `undefined` if the unit is not loaded. */
	unitActiveState(unit: string): Promise<string | undefined>;
	/** The units whose stop or restart also stops or restarts this one; `undefined` if it is not loaded. */
	unitPartOf(unit: string): Promise<readonly string[] | undefined>;
}

export type SystemBusErrorCode =
	/** No connection to the bus, or it broke: the call may or may not have arrived. */
	| 'bus-unreachable'
	/** The call may have arrived; no answer came in time. */
	| 'bus-no-answer'
	/** The bus works, but the called service is missing. */
	| 'bus-service-missing'
	| 'bus-refused'
	| 'unit-missing'
	/** A unit of that name is loaded already. */
	| 'unit-exists';

export class SystemBusError extends OperationalError {
	declare readonly code: SystemBusErrorCode;

	constructor(code: SystemBusErrorCode, message: string, options: ErrorOptions = {}) {
		super(code, message, options);
	}
}
