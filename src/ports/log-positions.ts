/** How far the logs have been sent: survives the process, not the boot. */
export interface LogPositionStore {
	/** `undefined`: none, or not to be read. */
	read(): Promise<unknown>;
	/** Leaves the old content or the new one. What goes wrong is logged: it costs a few lines that come twice. */
	write(positions: unknown): Promise<void>;
}
