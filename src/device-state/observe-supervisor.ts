import { findSupervisorRelease } from '../application-manager/index.ts';
import type { CurrentSupervisor } from '../domain/supervisor-update.ts';
import { ReportOnce } from '../lib/report-once.ts';
import type { Log } from '../ports/log.ts';
import type { TargetStore } from '../ports/stores.ts';
import type { SupervisorUpdatePorts } from './execute/supervisor-executors.ts';

interface SupervisorObserverOptions {
	readonly supervisor: Pick<SupervisorUpdatePorts, 'attempts' | 'files' | 'ownImageId'>;
	readonly targets: Pick<TargetStore, 'read'>;
	readonly log: Log;
}

/** What is to be known before this supervisor gives way to another one. Targets and attempts are in memory. */
export class SupervisorObserver {
	readonly #options: SupervisorObserverOptions;
	/** The image of a container never changes. */
	#imageId: string | undefined;
	readonly #reported = new ReportOnce();

	constructor(options: SupervisorObserverOptions) {
		this.#options = options;
	}

	/** A device whose target names no supervisor, and that never had another one, pays for nothing else. */
	async observe(): Promise<CurrentSupervisor | undefined> {
		const { supervisor, targets } = this.#options;
		const [attempt, document] = await Promise.all([supervisor.attempts.read(), targets.read()]);
		const wanted = findSupervisorRelease(document?.apps ?? []);
		if (wanted === undefined && attempt === undefined) {
			return undefined;
		}
		const configuredImage = await supervisor.files.configuredImage();
		this.#imageId ??= configuredImage === undefined ? undefined : await supervisor.ownImageId();
		if (configuredImage === undefined || this.#imageId === undefined) {
			this.#reportUnsupported(configuredImage === undefined ? 'no supervisor.conf' : 'no container of its own');
			return undefined;
		}
		return { imageId: this.#imageId, configuredImage, ...(attempt === undefined ? {} : { attempt }) };
	}

	#reportUnsupported(because: string): void {
		if (this.#reported.isNew('unsupported', because)) {
			this.#options.log.info('the supervisor does not update itself on this system', { because });
		}
	}
}
