import type { Log, SystemLog } from '../ports/log.ts';

/** Lines for the dashboard, shown in the process log as well. */
export class ProcessSystemLog implements SystemLog {
	readonly #log: Log;

	constructor(log: Log) {
		this.#log = log.child('system');
	}

	write(message: string, options: { readonly error?: boolean } = {}): void {
		if (options.error === true) {
			this.#log.warn(message);
		} else {
			this.#log.info(message);
		}
	}
}
