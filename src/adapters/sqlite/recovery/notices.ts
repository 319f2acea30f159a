import type { Log } from '../../../ports/log.ts';
import { ReportOnce } from '../../../lib/report-once.ts';
import type { DatabaseError } from '../database-error.ts';

/** For the user, in one sentence. */
type NoticeListener = (sentence: string, options: { readonly error: boolean }) => void;

const FAILED = 'failed';

/** Notifies the user of what happened to the database, also before there was a listener. */
export class DatabaseNotices {
	readonly #log: Log;
	readonly #reported = new ReportOnce();
	#listener: NoticeListener | undefined;
	#early: Parameters<NoticeListener>[] = [];

	constructor(log: Log) {
		this.#log = log;
	}

	listen(listener: NoticeListener): void {
		this.#listener = listener;
		const early = this.#early;
		this.#early = [];
		early.forEach((notice) => {
			listener(...notice);
		});
	}

	/** With the failure that it follows from, if any. */
	add(sentence: string, cause?: DatabaseError): void {
		this.#log[cause === undefined ? 'info' : 'error'](sentence, cause && { error: cause.message, code: cause.code });
		this.#notify(sentence, { error: cause !== undefined });
	}

	/** Once, until a write succeeds. A file that is locked for a moment is no news. */
	failed({ code, message }: DatabaseError): void {
		if (code !== 'database-busy' && this.#reported.isNew(FAILED, code)) {
			this.#log.error('the database cannot be used', { error: message, code });
			this.#notify(`${message.charAt(0).toUpperCase()}${message.slice(1)}`, { error: true });
		}
	}

	written(): void {
		if (this.#reported.forget(FAILED)) {
			this.#log.info('the database can be written again');
			this.#notify('The database can be written again.', { error: false });
		}
	}

	#notify(...notice: Parameters<NoticeListener>): void {
		if (this.#listener === undefined) {
			this.#early.push(notice);
		} else {
			this.#listener(...notice);
		}
	}
}
