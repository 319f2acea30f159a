/**
 * Where boot configuration is kept (spec: host 3). Nothing of it is cached. Rejects with `OperationalError` for what the
 * outside does; that something is not there is an answer where it says so.
 */
export interface BootStorage {
	readonly partition: BootPartition;
	readonly device: BootDevice;
	readonly acpi: AcpiTables;
}

/** Files of the boot partition, which the operating system uses too. Paths are below its root. */
export interface BootPartition {
	/** `undefined` if there is no such file. */
	read(path: string): Promise<Uint8Array | undefined>;
	/** Leaves the old content or the new one, whenever power is cut. */
	write(path: string, content: Uint8Array): Promise<void>;
	/** Names in a directory; none if it is not there. */
	list(path: string): Promise<readonly string[]>;
}

/** The small block device that a Jetson TX2 boots from. */
export interface BootDevice {
	/** The bytes at these offsets. */
	read(offsets: readonly number[]): Promise<readonly number[]>;
	/** Takes the write protection off, and puts it back on also when writing fails. Repeating it is harmless. */
	write(bytes: readonly { readonly offset: number; readonly byte: number }[]): Promise<void>;
}

/** Tables of ACPI that the kernel takes through configfs. */
export interface AcpiTables {
	/** Makes the kernel ready for them. */
	enable(): Promise<void>;
	/** Both paths are below the host's root. `missing`: there is no such source. A table that is loaded stays. */
	load(table: { readonly source: string; readonly directory: string }): Promise<AcpiTableState>;
}

export type AcpiTableState =
	| { readonly state: 'missing' }
	| {
			readonly state: 'loaded';
			/** What the kernel says of it: `oem_id`, `oem_table_id`, `oem_revision`. */
			readonly attributes: Readonly<Record<string, string>>;
	  };
