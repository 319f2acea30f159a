import { ReportOnce } from '../lib/report-once.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { ConfigNote } from './planner/compare-config.ts';

/** Reports the notes of the comparison: each once, until it is gone. */
export class ConfigNotes {
	readonly #options: { readonly log: Log; readonly systemLog: SystemLog };
	readonly #reported = new ReportOnce();

	constructor(options: { readonly log: Log; readonly systemLog: SystemLog }) {
		this.#options = options;
	}

	report(notes: readonly ConfigNote[]): void {
		for (const note of this.#reported.selectNew(notes, keyOf)) {
			this.#write(note);
		}
	}

	#write(note: ConfigNote): void {
		const { log, systemLog } = this.#options;
		switch (note.kind) {
			case 'setting':
				systemLog.write(note.message);
				return;
			case 'boot':
				log.warn('boot configuration is not as expected', { backend: note.backend, warning: note.message });
				return;
			case 'vpn':
				log.info('VPN state unknown, left unchanged', { error: note.message });
		}
	}
}

/** The reason why the VPN cannot be read may differ with each attempt. */
function keyOf(note: ConfigNote): string {
	return note.kind === 'vpn' ? note.kind : JSON.stringify(note);
}
