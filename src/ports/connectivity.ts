/** Where a TCP connection goes. */
export interface HostAddress {
	readonly host: string;
	readonly port: number;
}

export interface ConnectProbe {
	/**
	 * Whether a TCP connection comes about within the time; it is closed at once. Never rejects: `false` whatever went
	 * wrong, also when the signal aborts.
	 */
	connect(address: HostAddress, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

/** Told by everything that talks to the cloud how that went. Must not throw, must not take long. */
export interface ReachabilityObserver {
	/** The host of this URL has answered, or has accepted a connection. */
	reached(url: string): void;
	/** No answer, or not all of it. */
	missed(url: string): void;
}
