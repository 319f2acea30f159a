import { OperationalError } from './operational-error.ts';

/** Data that a device brings from the system it had before: an archive with a directory for each volume (spec: host 15). */
export interface MigrationBackup {
	exists(): Promise<boolean>;
	/** The names of what is still to be restored. Repeated, it goes on with what an earlier call unpacked. */
	unpack(): Promise<readonly string[]>;
	/**
	 * Puts what is of this name in the place of what is at this path of the host; `keptAt`: where that is now, if it was
	 * something. Repeated after the end it would fail: it is not named any more.
	 */
	restore(name: string, hostPath: string): Promise<{ readonly keptAt?: string }>;
	/** What was unpacked is given up, so that another archive may take the place of this one. */
	discard(): Promise<void>;
	/** All is restored: the archive goes. */
	finish(): Promise<void>;
}

export const BACKUP_FAILED = 'backup-failed';

export class BackupError extends OperationalError {
	constructor(message: string, options: { readonly cause?: unknown } = {}) {
		super(BACKUP_FAILED, message, options);
	}
}
