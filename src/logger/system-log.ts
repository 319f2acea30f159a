import type { Log, SystemLog } from '../ports/log.ts';
import type { Redactor } from './redactor.ts';

/** Lines for the user, shown in the process log as well. The text of an error may contain a key. */
export class UserSystemLog implements SystemLog {
	readonly #log: Log;
	readonly #user: SystemLog;
	readonly #redactor: Pick<Redactor, 'redact'>;

	constructor(options: { readonly log: Log; readonly user: SystemLog; readonly redactor: Pick<Redactor, 'redact'> }) {
		this.#log = options.log.child('system');
		this.#user = options.user;
		this.#redactor = options.redactor;
	}

	write(message: string, options: { readonly error?: boolean } = {}): void {
		if (options.error === true) {
			this.#log.warn(message);
		} else {
			this.#log.info(message);
		}
		this.#user.write(this.#redactor.redact(message), options);
	}
}
