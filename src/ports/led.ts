/** A number of blinks of 400 ms each, then a pause, repeated. */
export interface LedPattern {
	readonly blinks: number;
	readonly pauseMs: number;
}

/** The status LED, which also identifies the device (spec: host 11). One pattern at a time. */
export interface Led {
	/** Runs until `stop`. Does nothing while a pattern runs. */
	start(pattern: LedPattern): void;
	/** The LED is off when it resolves. No running pattern is success. */
	stop(): Promise<void>;
	/**
	 * Stops after 15 s. A pattern that already runs continues and is stopped then. A repeated call restarts the 15 s.
	 */
	blink(): void;
}
