import type { Log, SystemLog } from '../../../ports/log.ts';
import { ReportOnce } from '../../../lib/report-once.ts';
import type { DatabaseError } from '../database-error.ts';

const FAILED = 'failed';

/** Notifies the user of what happened to the database. */
export class DatabaseNotices {
	readonly #log: Log;
	readonly #systemLog: SystemLog | undefined;
	readonly #reported = new ReportOnce();

	constructor(log: Log, systemLog: SystemLog | undefined) {
		this.#log = log;
		this.#systemLog = systemLog;
	}

	/** With the failure that it follows from, if any. */
	add(sentence: string, cause?: DatabaseError): void {
		if (cause !== undefined) {
			this.#log.error(sentence, { error: cause.message, code: cause.code });
		}
		this.#systemLog?.write(sentence, { error: cause !== undefined });
	}

	/** Once, until a write succeeds. A file that is locked for a moment is no news. */
	failed({ code, message }: DatabaseError): void {
		if (code !== 'database-busy' && this.#reported.isNew(FAILED, code)) {
			this.#log.error('the database cannot be used', { error: message, code });
			this.#systemLog?.write(`${message.charAt(0).toUpperCase()}${message.slice(1)}`, { error: true });
		}
	}

	written(): void {
		if (this.#reported.forget(FAILED)) {
			this.#systemLog?.write('The database can be written again.');
		}
	}
}
