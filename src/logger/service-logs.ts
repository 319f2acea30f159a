import { localLine, type LocalLogLine, type LogMessage } from '../domain/log-message.ts';
import { linkSignal } from '../lib/link-signal.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContainerLogs } from '../ports/container-logs.ts';
import { EngineError, type ContainerInspection, type Engine } from '../ports/engine.ts';
import { JournalError, type Journal } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';
import { EngineLogSource } from './engine-log-source.ts';
import { JournalSource } from './journal-source.ts';
import type { LogSession } from './log-source.ts';
import { PartialLines } from './partial-lines.ts';
import { isInJournal, keepsLog, readService, type LoggedService } from './read-service.ts';
import { ResumePoint } from './resume-point.ts';

interface ServiceLogsOptions {
	readonly engine: Pick<Engine, 'listContainers' | 'onEvent'>;
	readonly logs: ContainerLogs;
	readonly journal: Journal;
	readonly isJournalRead: () => Promise<boolean>;
	readonly ownNames: readonly string[];
	readonly clock: Clock;
	readonly log: Log;
}

interface ServiceLogsQuery {
	readonly covers: (appId: number) => boolean;
	/** An id or a uuid. */
	readonly app?: string | undefined;
	readonly serviceName?: string | undefined;
	/** Wall time, ms. */
	readonly since?: number | undefined;
	readonly lines: number;
	readonly isFollowed: boolean;
}

/** Stored lines, with where to go on after them. */
interface Backlog {
	readonly messages: readonly LogMessage[];
	readonly positions: ReadonlyMap<string, string>;
}

type Wanted = ContainerInspection & { readonly service: LoggedService };

/** Of stored lines that are sorted: the oldest are dropped above it. */
const BACKLOG_CHARACTERS_MAX = 2 * 1024 * 1024;
/** Lines that the caller has not taken yet; then the sources wait. */
const WAITING_MAX = 200;
const ERROR_PRIORITY_MAX = 3;

/** Reads the logs of services for one caller, from the engine and the journal (spec: v3-api 6.4). */
export class ServiceLogs {
	readonly #options: ServiceLogsOptions;

	constructor(options: ServiceLogsOptions) {
		this.#options = options;
	}

	/** Rejects with an `EngineError` if the engine does not answer. */
	async open(query: ServiceLogsQuery): Promise<(signal: AbortSignal) => AsyncGenerator<LocalLogLine>> {
		const containers = await this.#options.engine.listContainers();
		return (signal) => this.#read(query, containers, signal);
	}

	async *#read(
		query: ServiceLogsQuery,
		containers: readonly ContainerInspection[],
		signal: AbortSignal,
	): AsyncGenerator<LocalLogLine> {
		const { messages, positions } = await this.#readBacklog(query, containers, signal);
		for (const message of messages) {
			yield localLine(message);
		}
		if (query.isFollowed) {
			yield* this.#follow(query, positions, signal);
		}
	}

	async #readBacklog(
		query: ServiceLogsQuery,
		containers: readonly ContainerInspection[],
		signal: AbortSignal,
	): Promise<Backlog> {
		const isElsewhere = (await this.#options.isJournalRead()) ? isInJournal : () => false;
		const wanted = containers.flatMap((container) => {
			const service = isWanted(container, query) ? readService(container) : undefined;
			return service === undefined || service.level === 'none' ? [] : [{ ...container, service }];
		});
		const positions = new Map<string, string>();
		let messages: readonly LogMessage[] = [];
		for (const container of wanted.filter((one) => keepsLog(one) && !isElsewhere(one))) {
			const { lines, position } = await this.#readContainer(container, query, signal);
			positions.set(`container:${container.Id}`, position);
			messages = keepLast([...messages, ...lines], query.lines);
		}
		const inJournal = wanted.filter(isElsewhere);
		if (inJournal.length > 0) {
			const { lines, position } = await this.#readJournal(inJournal, query, signal);
			if (position !== undefined) {
				positions.set('journal', position);
			}
			messages = keepLast([...messages, ...lines], query.lines);
		}
		return { messages, positions };
	}

	async #readContainer(
		{ Id, Config, service }: Wanted,
		{ since, lines: onlyLast }: ServiceLogsQuery,
		signal: AbortSignal,
	): Promise<{ readonly lines: readonly LogMessage[]; readonly position: string }> {
		const { logs, clock, log } = this.#options;
		const resume = new ResumePoint(since ?? clock.wall().getTime());
		const found: LogMessage[] = [];
		const options = {
			...{ containerId: Id, hasTerminal: Config['Tty'] === true, onlyStdErr: service.level === 'errors', onlyLast },
			...(since === undefined ? {} : { sinceMs: since }),
		};
		try {
			for await (const lines of logs.follow(options, signal)) {
				for (const line of lines) {
					resume.advance(line);
					const { serviceId, serviceName } = service;
					const timestamp = Date.parse(line.time);
					found.push({
						...{ kind: 'service', message: line.text, timestamp, isStdErr: line.isStdErr, serviceId, serviceName },
					});
				}
			}
		} catch (error) {
			if (!(error instanceof EngineError)) {
				throw error;
			}
			log.debug('cannot read the log of a container', { service: service.serviceName, error: error.message });
		}
		return { lines: found, position: resume.toString() };
	}

	async #readJournal(
		containers: readonly Wanted[],
		{ since, lines: count }: ServiceLogsQuery,
		signal: AbortSignal,
	): Promise<{ readonly lines: readonly LogMessage[]; readonly position: string | undefined }> {
		const { journal, log } = this.#options;
		const services = new Map(containers.map(({ Id, service }) => [Id, service]));
		const partial = new PartialLines();
		const found: LogMessage[] = [];
		let position: string | undefined;
		const options = {
			containerIds: [...services.keys()],
			since: since === undefined ? undefined : new Date(since),
			count,
		};
		try {
			for await (const entries of journal.readLast(options, signal)) {
				for (const entry of entries) {
					position = `${entry.timeUs} ${entry.cursor}`;
					const service = services.get(entry.containerId ?? '');
					const isStdErr = entry.priority <= ERROR_PRIORITY_MAX;
					const timestamp = Math.floor(entry.timeUs / 1000);
					const line = partial.join(`${entry.containerId ?? ''} ${entry.priority}`, { ...entry, timestamp });
					if (service !== undefined && line !== undefined && (isStdErr || service.level !== 'errors')) {
						const { serviceId, serviceName } = service;
						found.push({ kind: 'service', ...line, isStdErr, serviceId, serviceName });
					}
				}
			}
		} catch (error) {
			if (!(error instanceof JournalError)) {
				throw error;
			}
			log.debug('cannot read the journal', { error: error.message });
		}
		return { lines: found, position };
	}

	/** New lines, also of containers that appear later. */
	async *#follow(
		query: ServiceLogsQuery,
		positions: ReadonlyMap<string, string>,
		parent: AbortSignal,
	): AsyncGenerator<LocalLogLine> {
		const { engine, ownNames, journal, logs, ...rest } = this.#options;
		const link = linkSignal(parent);
		const { signal } = link;
		const queue = new LineQueue();
		const shared = { ...rest, isWanted: (container: ContainerInspection) => isWanted(container, query) };
		const engineSource = new EngineLogSource({ ...shared, engine, logs });
		const journalSource = new JournalSource({ ...shared, journal, containers: logs, ownNames });
		const stop = engine.onEvent(() => {
			engineSource.wake();
		});
		const session: LogSession = {
			sink: queue,
			since: rest.clock.wall(),
			position: (source) => positions.get(source),
			begin: () => undefined,
			keepPositions: () => undefined,
		};
		const running = Promise.all([engineSource, journalSource].map((source) => source.run(session, signal)));
		running.catch(() => {
			link.abort(); // rethrown below
		});
		try {
			yield* queue.take(signal);
		} finally {
			stop();
			link.abort();
			link.unlink();
			await running;
		}
	}
}

function isWanted(container: ContainerInspection, { covers, app, serviceName }: ServiceLogsQuery): boolean {
	const service = readService(container);
	return (
		service?.appId !== undefined &&
		covers(service.appId) &&
		(app === undefined || app === String(service.appId) || app === service.appUuid) &&
		(serviceName === undefined || serviceName === service.serviceName)
	);
}

/** In the order of their times. */
function keepLast(messages: readonly LogMessage[], count: number): readonly LogMessage[] {
	const sorted = [...messages].sort((a, b) => a.timestamp - b.timestamp).slice(-count);
	let characters = 0;
	const first = sorted.findLastIndex(({ message }) => (characters += message.length) > BACKLOG_CHARACTERS_MAX);
	return sorted.slice(first + 1);
}

/** Between the sources and one caller: the sources wait for it. */
class LineQueue {
	#lines: LogMessage[] = [];
	readonly #added = new WakeSignal<'line'>();
	#room: (() => void)[] = [];

	offer(message: LogMessage): boolean {
		if (this.#lines.length >= WAITING_MAX) {
			return false;
		}
		this.#lines.push(message);
		this.#added.wake('line');
		return true;
	}

	async room(signal: AbortSignal): Promise<void> {
		await Promise.race([
			untilAborted(signal),
			new Promise<void>((resolve) => {
				this.#room.push(resolve);
			}),
		]);
	}

	async *take(signal: AbortSignal): AsyncGenerator<LocalLogLine> {
		while (!signal.aborted) {
			this.#added.take();
			const lines = this.#lines;
			this.#lines = [];
			for (const wake of this.#room.splice(0)) {
				wake();
			}
			for (const line of lines) {
				yield localLine(line);
			}
			if (this.#lines.length === 0) {
				await this.#added.wait(signal);
			}
		}
	}
}
