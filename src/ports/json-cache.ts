/** One JSON value on the host's tmpfs: it survives the process, not the boot. Losing it does no harm. */
export interface JsonCache {
	/** `undefined`: there is none, or it cannot be read. Never rejects. */
	read(): Promise<unknown>;
	/** Leaves the old value or the new one. A failure is logged. Never rejects. */
	write(value: unknown): Promise<void>;
}
