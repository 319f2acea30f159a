/** The address of a TCP connection. */
export interface HostAddress {
	readonly host: string;
	readonly port: number;
}

export interface ConnectProbe {
	/**
	 * Whether a TCP connection is accepted within the time; it is closed at once. Never rejects: every failure and an
	 * abort resolve to `false`.
	 */
	connect(address: HostAddress, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

/** Receives the outcome of each exchange with the cloud. Must not throw or block. */
export interface ReachabilityObserver {
	/** The host of this URL has answered, or has accepted a connection. */
	reached(url: string): void;
	/** No answer, or an incomplete one. */
	missed(url: string): void;
}
