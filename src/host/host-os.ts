import { buildOf, type CurrentHostOs } from '../domain/host-os.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostUpdateMarks, HostUpdateStore } from '../ports/host-updates.ts';

export interface HostOsOptions {
	readonly osRelease: () => Promise<ReadonlyMap<string, string> | undefined>;
	readonly marks: Pick<HostUpdateMarks, 'read'>;
	readonly records: Pick<HostUpdateStore, 'list'>;
	/** Another program's update, which may still be rolled back. */
	readonly hasRollbackBreadcrumb: () => Promise<boolean>;
	readonly clock: Pick<Clock, 'now'>;
}

const ASK_AGAIN_MS = 600_000;

/** The host OS, observed only on a device that has a host app (spec: host-update 2). */
export class HostOs {
	readonly #options: HostOsOptions;
	#unsupported: CurrentHostOs['unsupported'];

	constructor(options: HostOsOptions) {
		this.#options = options;
	}

	setUnsupported(reason: string): void {
		this.#unsupported = { reason, until: this.#options.clock.now() + ASK_AGAIN_MS };
	}

	setSupported(): void {
		this.#unsupported = undefined;
	}

	async observe(): Promise<CurrentHostOs> {
		const { osRelease, marks, records, hasRollbackBreadcrumb } = this.#options;
		const [release, mark, known, isForeignUpdate] = await Promise.all([
			osRelease(),
			marks.read(),
			records.list(),
			hasRollbackBreadcrumb(),
		]);
		const build = buildOf(release);
		return {
			...(build === undefined ? {} : { build }),
			...(mark === undefined ? {} : { mark }),
			records: known,
			isForeignUpdate,
			...(this.#unsupported === undefined ? {} : { unsupported: this.#unsupported }),
		};
	}
}
