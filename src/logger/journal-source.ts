import { backoffMs } from '../lib/backoff.ts';
import { isAborted } from '../lib/is-aborted.ts';
import type { LogMessage } from '../domain/log-message.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContainerLogs } from '../ports/container-logs.ts';
import { EngineError, type ContainerInspection } from '../ports/engine.ts';
import { JournalError, type FollowJournalOptions, type Journal, type JournalEntry } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';
import { deliver, type LogSession, type LogSource } from './log-source.ts';
import { PartialLines } from './partial-lines.ts';
import { readService, type LoggedService } from './read-service.ts';

interface JournalSourceOptions {
	readonly journal: Pick<Journal, 'follow'>;
	readonly containers: Pick<ContainerLogs, 'inspect'>;
	readonly isJournalRead: () => Promise<boolean>;
	/** Lines of these only, and none of the host. Absent: all of them. */
	readonly isWanted?: ((container: ContainerInspection) => boolean) | undefined;
	/** Our own containers: their lines are not for the user. */
	readonly ownNames: readonly string[];
	readonly clock: Clock;
	readonly log: Log;
}

const ENGINE_UNIT = 'balena.service';
/** Services of the operating system whose lines the user gets. */
const HOST_UNITS = [
	'os-power-mode.service',
	'os-fan-profile.service',
	'nvpmodel.service',
	'jetson-qspi-manager.service',
	'os-update.service',
];
const SOURCE = 'journal';
const BACKOFF = { firstMs: 5000, maxMs: 900_000 };
const ERROR_PRIORITY_MAX = 3;
const SERVICES_MAX = 256;
/** The engine does not answer whose container it is: asked again after this time. */
const ASK_AGAIN_MS = 1000;

interface From {
	place: FollowJournalOptions['from'];
	/** Of the last entry that was passed on, for a position that no longer exists. */
	lastTime: Date;
}

/** One reader of the host's journal for all containers, and for a few services of the host. */
export class JournalSource implements LogSource {
	readonly #options: JournalSourceOptions;
	/** By container; lines of a removed one may still come. */
	readonly #services = new Map<string, LoggedService | undefined>();

	constructor(options: JournalSourceOptions) {
		this.#options = options;
	}

	async run(session: LogSession, signal: AbortSignal): Promise<void> {
		const { clock, isJournalRead } = this.#options;
		if (!(await isJournalRead())) {
			return;
		}
		const from = startFrom(session, clock.wall());
		let failures = 0;
		while (!signal.aborted) {
			const hasRead = await this.#readOnce(session, from, signal);
			failures = hasRead ? 1 : failures + 1;
			if (!hasRead) {
				from.place = { since: from.lastTime }; // the position may be the cause
			}
			await clock.sleep(
				backoffMs(BACKOFF, failures, () => 0),
				signal,
			);
		}
	}

	/** Until the reader ends. `false`: it gave no entries. */
	async #readOnce(session: LogSession, from: From, signal: AbortSignal): Promise<boolean> {
		const { journal, log } = this.#options;
		const partial = new PartialLines();
		let hasRead = false;
		try {
			for await (const entries of journal.follow({ from: from.place, units: [ENGINE_UNIT, ...HOST_UNITS] }, signal)) {
				hasRead = true;
				for (const entry of entries) {
					const message = await this.#toMessage(entry, partial, signal);
					const origin = { source: SOURCE, position: `${entry.timeUs} ${entry.cursor}` };
					if (message !== undefined && !(await deliver(session.sink, message, origin, signal))) {
						return true;
					}
					from.place = entry.cursor === '' ? from.place : { cursor: entry.cursor };
					from.lastTime = new Date(entry.timeUs / 1000);
				}
			}
			log.debug('the journal reader ended');
		} catch (error) {
			if (!(error instanceof JournalError)) {
				throw error;
			}
			log.debug('cannot read the journal', { error: error.message });
		}
		return hasRead;
	}

	async #toMessage(entry: JournalEntry, partial: PartialLines, signal: AbortSignal): Promise<LogMessage | undefined> {
		const timestamp = Math.floor(entry.timeUs / 1000);
		const isStdErr = entry.priority <= ERROR_PRIORITY_MAX;
		if (entry.containerId === undefined) {
			return HOST_UNITS.includes(entry.unit) && this.#options.isWanted === undefined
				? { kind: 'system', message: entry.message, timestamp, isStdErr }
				: undefined;
		}
		const service = await this.#serviceOf(entry.containerId, entry.containerName, signal);
		if (service === undefined || service.level === 'none' || (service.level === 'errors' && !isStdErr)) {
			return undefined;
		}
		const line = partial.join(`${entry.containerId} ${entry.priority}`, { ...entry, timestamp });
		const { serviceId, serviceName } = service;
		return line && { kind: 'service', ...line, isStdErr, serviceId, serviceName };
	}

	/** Asked of the engine once. A line may come before the engine's event about its container. */
	async #serviceOf(id: string, name: string | undefined, signal: AbortSignal): Promise<LoggedService | undefined> {
		if (name !== undefined && this.#options.ownNames.includes(name)) {
			return undefined;
		}
		while (!this.#services.has(id) && !isAborted(signal)) {
			try {
				const container = await this.#options.containers.inspect(id);
				const isWanted = container !== undefined && this.#options.isWanted?.(container) !== false;
				this.#remember(id, isWanted ? readService(container) : undefined);
			} catch (error) {
				if (!(error instanceof EngineError)) {
					throw error;
				}
				await this.#options.clock.sleep(ASK_AGAIN_MS, signal); // the engine does not answer: the journal waits
			}
		}
		return this.#services.get(id);
	}

	#remember(id: string, service: LoggedService | undefined): void {
		const [oldest] = this.#services.keys();
		if (this.#services.size >= SERVICES_MAX && oldest !== undefined) {
			this.#services.delete(oldest);
		}
		this.#services.set(id, service);
	}
}

/** Not from its beginning, if it was never read: that may be years ago. */
function startFrom(session: LogSession, now: Date): From {
	const since = session.since.getTime() === 0 ? now : session.since;
	session.begin(SOURCE, `${since.getTime() * 1000} `);
	const match = /^(\d+) (.*)$/.exec(session.position(SOURCE) ?? '');
	const lastTime = match === null ? since : new Date(Number(match[1]) / 1000);
	const cursor = match?.[2] ?? '';
	return { place: cursor === '' ? { since: lastTime } : { cursor }, lastTime };
}
