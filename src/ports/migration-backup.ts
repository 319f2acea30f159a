import { OperationalError } from './operational-error.ts';

/** The backup of an earlier system: an archive with a directory for each volume (spec: host 15). */
export interface MigrationBackup {
	exists(): Promise<boolean>;
	/** Names that still have to be restored. A repeated call uses what an earlier one unpacked. */
	unpack(): Promise<readonly string[]>;
	/**
	 * Moves the data of this name to this path of the host. `keptAt`: where the previous content went, if there was any.
	 * It fails if called again after success: the name is no longer listed.
	 */
	restore(name: string, hostPath: string): Promise<{ readonly keptAt?: string }>;
	/** Removes what was unpacked, so that another archive can replace this one. */
	discard(): Promise<void>;
	/** Everything is restored: removes the archive. */
	finish(): Promise<void>;
}

export class BackupError extends OperationalError {
	constructor(message: string, options: ErrorOptions = {}) {
		super('backup-failed', message, options);
	}
}
