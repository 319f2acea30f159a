/** Blinks of 400 ms each, then a pause, and again. */
export interface LedPattern {
	readonly blinks: number;
	readonly pauseMs: number;
}

/** The LED that tells one device from the others on a shelf (spec: host 11). One pattern at a time. */
export interface Led {
	/** Runs until `stop`. Does nothing while a pattern runs. */
	start(pattern: LedPattern): void;
	/** Dark when it resolves. No pattern running is success. */
	stop(): Promise<void>;
	/**
	 * Ends by itself, after 15 s. Where a pattern runs already, that one goes on, and is what ends. Asked again meanwhile,
	 * the time counts anew.
	 */
	blink(): void;
}
