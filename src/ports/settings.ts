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

/** A text file that other programs write too. */
export interface SharedTextFile extends TextFile {
	/** Equal stamps mean equal content. `undefined`: unknown, so the file must be read. */
	stamp(): Promise<string | undefined>;
	/** Writes only if the file still holds `expected` (`undefined`: if it is missing). Whether it has written. */
	replace(content: string, expected: string | undefined): Promise<boolean>;
}

/** What is kept of config.json beside the database, where only we can read it: it holds keys. */
export interface ConfigCopy {
	/** `undefined`: there is none, or it cannot be read. */
	read(): Promise<string | undefined>;
	/** Atomic. */
	write(content: string): Promise<void>;
	/** Changes that wait until config.json can be read: the same contract. `undefined` removes them. */
	readWaiting(): Promise<string | undefined>;
	writeWaiting(content: string | undefined): Promise<void>;
	/** Copies config.json as it is; the newest three are kept. Returns the path of the copy. */
	setAside(): Promise<string>;
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
