/** Rows of table `config`: texts by key. Never cached, because another process may write them (spec: database 7). */
export interface SettingRows {
	/** The rows that exist, of these keys. */
	read(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
	/**
	 * Atomic; `undefined` removes the row. If `beforeCommit` rejects, no row changes. `beforeCommit` must not use the
	 * database.
	 */
	write(changes: ReadonlyMap<string, string | undefined>, beforeCommit?: () => Promise<void>): Promise<void>;
}

/** A small text file that survives power cuts: a write leaves the old content or the new one. */
export interface TextFile {
	readonly path: string;
	read(): Promise<string>;
	write(content: string): Promise<void>;
}

/** Facts about the operating system and the hardware (spec: host 12, config 4.3). */
export interface HostFacts {
	/** `undefined` when the file cannot be read. Read once. */
	osRelease(): Promise<ReadonlyMap<string, string> | undefined>;
	/** Rejects while the file is missing or malformed. Read once. */
	deviceType(): Promise<DeviceType>;
	/** Space-joined; `undefined` when they cannot be read. Read again after `addressesChanged`. */
	macAddresses(): Promise<string | undefined>;
	addressesChanged(): void;
}

export interface DeviceType {
	readonly slug: string;
	readonly arch: string;
}
