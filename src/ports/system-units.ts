import { OperationalError, type Retry } from './operational-error.ts';

/**
 * Units of the host's systemd, read anew at each asking (spec: host 6). Changes resolve when their job is queued: how it ends
 * is not waited for. All reject with `SystemBusError`, and within a time limit.
 */
export interface SystemUnits {
	/** Already active is success. Code `unit-missing` if there is no such unit; likewise below. */
	startUnit(unit: string): Promise<void>;
	/** Not active is success. */
	stopUnit(unit: string): Promise<void>;
	/** One that is not active is started. */
	restartUnit(unit: string): Promise<void>;
	/** systemd's word: `active`, `inactive`, `failed` …; `undefined` if the unit is not loaded. */
	unitActiveState(unit: string): Promise<string | undefined>;
	/** The units that take this one along when they are stopped or restarted; `undefined` if it is not loaded. */
	unitPartOf(unit: string): Promise<readonly string[] | undefined>;
}

export type SystemBusErrorCode =
	/** No connection to the bus, or it broke off: whether the call has arrived is not known. */
	| 'bus-unreachable'
	/** The call may have arrived; no answer came in time. */
	| 'bus-no-answer'
	/** The bus is there; who should answer is not. */
	| 'bus-service-missing'
	| 'bus-refused'
	| 'unit-missing';

export class SystemBusError extends OperationalError {
	declare readonly code: SystemBusErrorCode;

	constructor(
		code: SystemBusErrorCode,
		message: string,
		options: { readonly cause?: unknown; readonly retry?: Retry } = {},
	) {
		super(code, message, options);
	}
}
