import { backoffMs } from '../lib/backoff.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContainerLogs } from '../ports/container-logs.ts';
import { EngineError, type ContainerInspection, type Engine } from '../ports/engine.ts';
import type { Log } from '../ports/log.ts';
import { FollowedContainers } from './followed-containers.ts';
import type { LogSession, LogSource } from './log-source.ts';
import { isInJournal, keepsLog } from './read-service.ts';

interface EngineLogSourceOptions {
	readonly engine: Pick<Engine, 'listContainers'>;
	readonly logs: ContainerLogs;
	/** Then the journal source reads containers that log into the journal. */
	readonly isJournalRead: () => Promise<boolean>;
	/** Absent: all of them. */
	readonly isWanted?: ((container: ContainerInspection) => boolean) | undefined;
	readonly clock: Clock;
	readonly log: Log;
}

const BACKOFF = { firstMs: 1000, maxMs: 60_000, jitter: 0.2 };

/** The logs of our containers, from the engine. Sleeps until the engine sends an event. */
export class EngineLogSource implements LogSource {
	readonly #options: EngineLogSourceOptions;
	readonly #wake = new WakeSignal<'engine' | 'ended'>();

	constructor(options: EngineLogSourceOptions) {
		this.#options = options;
	}

	/** The engine sent an event. */
	wake(): void {
		this.#wake.wake('engine');
	}

	async run(session: LogSession, signal: AbortSignal): Promise<void> {
		const { logs, clock, log, isJournalRead, isWanted = () => true } = this.#options;
		const isElsewhere = (await isJournalRead()) ? isInJournal : () => false;
		const isRead = (container: ContainerInspection) =>
			container.Unreadable === undefined && keepsLog(container) && !isElsewhere(container) && isWanted(container);
		const ended = () => {
			this.#wake.wake('ended');
		};
		const followed = new FollowedContainers({ logs, clock, log, session, signal, isRead, ended });
		// containers that appear later are read from their beginning: the wall clock may have been wrong at the start
		let sinceMs: number | undefined = session.since.getTime();
		let failures = 0;
		while (!signal.aborted) {
			this.#wake.take();
			const containers = await this.#list();
			if (containers === undefined) {
				failures += 1;
				await clock.sleep(
					backoffMs(BACKOFF, failures, () => clock.random()),
					signal,
				);
				continue;
			}
			failures = 0;
			followed.follow(containers, sinceMs);
			sinceMs = undefined;
			await this.#wake.wait(signal);
		}
		await followed.end();
	}

	/** `undefined`: the engine does not answer. */
	async #list(): Promise<readonly ContainerInspection[] | undefined> {
		try {
			return await this.#options.engine.listContainers();
		} catch (error) {
			if (!(error instanceof EngineError)) {
				throw error;
			}
			this.#options.log.debug('cannot list the containers to read', { error: error.message });
			return undefined;
		}
	}
}
