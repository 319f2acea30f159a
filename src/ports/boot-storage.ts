/**
 * Where boot configuration is kept (spec: host 3). Nothing is cached. Rejects with `OperationalError` if the host
 * fails; a missing file or source is an answer where a method says so.
 */
export interface BootStorage {
	readonly partition: BootPartition;
	readonly device: BootDevice;
	readonly acpi: AcpiTables;
}

/** Files of the boot partition, shared with the operating system. Paths are relative to its root. */
export interface BootPartition {
	/** `undefined` if there is no such file. */
	read(path: string): Promise<Uint8Array | undefined>;
	/** Leaves the old content or the new one, whenever power is cut. */
	write(path: string, content: Uint8Array): Promise<void>;
	/** The same, if the file still holds this text (`undefined`: if it is missing). Whether it has written. */
	replace(path: string, content: string, expected: string | undefined): Promise<boolean>;
	/** Names in a directory; empty if it does not exist. */
	list(path: string): Promise<readonly string[]>;
}

/** The small boot block device of a Jetson TX2. */
export interface BootDevice {
	/** The bytes at these offsets. */
	read(offsets: readonly number[]): Promise<readonly number[]>;
	/** Removes the write protection, and restores it also when writing fails. May be repeated. */
	write(bytes: readonly { readonly offset: number; readonly byte: number }[]): Promise<void>;
}

/** ACPI tables that the kernel loads through configfs. */
export interface AcpiTables {
	/** Prepares the kernel for loading tables. */
	enable(): Promise<void>;
	/** Both paths are relative to the host's root. `missing`: the source does not exist. A loaded table stays. */
	load(table: { readonly source: string; readonly directory: string }): Promise<AcpiTableState>;
}

export type AcpiTableState =
	| { readonly state: 'missing' }
	| {
			readonly state: 'loaded';
			/** The kernel's facts about it: `oem_id`, `oem_table_id`, `oem_revision`. */
			readonly attributes: Readonly<Record<string, string>>;
	  };
