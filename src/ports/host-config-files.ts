/** Hostname and proxy files of the host (spec: host 5). Nothing is cached. Rejects with `OperationalError`. */
export interface HostConfigFiles {
	/** The current hostname. A change is visible once the operating system has applied it. */
	readHostname(): Promise<string>;
	/** `undefined` if there is no such file; likewise below. */
	readRedsocks(): Promise<string | undefined>;
	/** `undefined` removes it. Leaves the old content or the new one, whenever power is cut. */
	writeRedsocks(content: string | undefined): Promise<void>;
	readNoProxy(): Promise<string | undefined>;
	writeNoProxy(content: string | undefined): Promise<void>;
}
