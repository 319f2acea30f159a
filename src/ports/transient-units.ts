/** A program that the host's systemd runs: it has no unit file, and outlives the supervisor. */
export interface TransientUnit {
	/** With its ending, `.service`. */
	readonly name: string;
	/** The program, by its absolute path on the host, and its arguments. */
	readonly command: readonly [string, ...string[]];
	/** An absolute path on the host. */
	readonly workingDirectory: string;
}

/** How the unit ended. systemd keeps a unit that failed until its next start, and forgets one that succeeded at once. */
export type UnitEnd =
	| { readonly kind: 'succeeded' }
	| {
			readonly kind: 'failed';
			/** One of both, or none if systemd could not start a process. */
			readonly exitStatus?: number;
			readonly killedBySignal?: number;
			/** The word of systemd: `exit-code`, `signal`, `timeout` … */
			readonly result: string;
			/** Finds the lines of this run in the journal. */
			readonly invocationId?: string;
	  };

/**
 * Transient units of the host's systemd (spec: host-update 3.3). Each call on the bus has a time limit; a bus that is away,
 * or gives no answer, rejects with `SystemBusError`. The unit still runs then, and the wait can be taken up again.
 */
export interface TransientUnits {
	/**
	 * Starts the unit and waits for its end. Forgets a failed unit of that name first. Code `unit-exists` if one of that name
	 * runs, or has a file. `onStarted` is awaited once systemd has accepted the start. An abort ends the wait, not the unit.
	 */
	run(unit: TransientUnit, options: RunUnitOptions): Promise<UnitEnd>;
	/** Whether a unit of that name runs, starts or stops. */
	isRunning(name: string): Promise<boolean>;
	/** Waits for a unit that others, or an earlier process, have started. `undefined`: systemd knows no such unit. */
	waitForEnd(name: string, signal: AbortSignal): Promise<UnitEnd | undefined>;
}

export interface RunUnitOptions {
	readonly signal: AbortSignal;
	readonly onStarted?: () => Promise<void>;
}
