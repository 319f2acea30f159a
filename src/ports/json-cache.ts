/** One JSON value on the host's tmpfs: it survives the process, not the boot. Losing it is harmless. */
export interface JsonCache {
	/** `undefined`: missing or unreadable. Never rejects. */
	read(): Promise<unknown>;
	/** Atomic: leaves the old value or the new one. A failure is logged. Never rejects. */
	write(value: unknown): Promise<void>;
}
