import { backoffMs } from '../lib/backoff.ts';
import { isAborted } from '../lib/is-aborted.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContainerLine, ContainerLogs } from '../ports/container-logs.ts';
import { EngineError, type ContainerInspection } from '../ports/engine.ts';
import type { Log } from '../ports/log.ts';
import { deliver, type LogSession } from './log-source.ts';
import { readService, type LoggedService } from './read-service.ts';
import { ResumePoint } from './resume-point.ts';

interface FollowedContainersOptions {
	readonly logs: ContainerLogs;
	readonly clock: Clock;
	readonly log: Log;
	readonly session: LogSession;
	readonly signal: AbortSignal;
	/** Whether the engine is asked for the log of a container. */
	readonly isRead: (container: ContainerInspection) => boolean;
	/** The log of a container has ended: reading may have to start again. */
	readonly ended: () => void;
}

/** One container whose log is read, or was read. */
interface Followed {
	readonly resume: ResumePoint;
	isReading: boolean;
	/** The start of the run whose log was read completely. */
	readStart: string | undefined;
	failures: number;
}

const SOURCE_PREFIX = 'container:';
/** The engine shows the end of a container a moment later than the log does. */
const AGAIN_MS = 1000;
const BACKOFF = { firstMs: AGAIN_MS, maxMs: 60_000, jitter: 0.2 };

/** One request for the log of each container that runs, or that has run since its log was last read. */
export class FollowedContainers {
	readonly #options: FollowedContainersOptions;
	readonly #followed = new Map<string, Followed>();
	readonly #readings = new Set<Promise<void>>();
	#unexpected: { readonly error: unknown } | undefined;

	constructor(options: FollowedContainersOptions) {
		this.#options = options;
	}

	/**
	 * Takes the complete list of containers. `sinceMs`: logs of new containers are read from this time on. Throws the
	 * error of a reader.
	 */
	follow(containers: readonly ContainerInspection[], sinceMs: number | undefined): void {
		if (this.#unexpected !== undefined) {
			throw this.#unexpected.error;
		}
		for (const container of containers) {
			const service = this.#options.isRead(container) ? readService(container) : undefined;
			if (service !== undefined && service.level !== 'none') {
				this.#follow(container, service, sinceMs);
			}
		}
		const present = new Set(containers.map(({ Id }) => Id));
		for (const id of this.#followed.keys()) {
			if (!present.has(id)) {
				this.#followed.delete(id);
			}
		}
		this.#options.session.keepPositions(
			(source) => !source.startsWith(SOURCE_PREFIX) || present.has(source.slice(SOURCE_PREFIX.length)),
		);
	}

	async end(): Promise<void> {
		await Promise.all(this.#readings);
	}

	#follow(container: ContainerInspection, service: LoggedService, sinceMs: number | undefined): void {
		const { Id, State } = container;
		const position = this.#options.session.position(SOURCE_PREFIX + Id);
		const known = this.#followed.get(Id);
		const followed = known ?? {
			resume: new ResumePoint(position ?? sinceMs),
			...{ isReading: false, readStart: undefined, failures: 0 },
		};
		// A container that has ended is read if it ran since: its run may have been short.
		if (followed.isReading || (!State.Running && State.StartedAt === followed.readStart)) {
			return;
		}
		this.#options.session.begin(SOURCE_PREFIX + Id, followed.resume.toString());
		followed.isReading = true;
		this.#followed.set(Id, followed);
		const reading = this.#read(container, service, followed)
			.catch((error: unknown) => {
				this.#unexpected ??= { error };
			})
			.finally(() => {
				followed.isReading = false;
				this.#readings.delete(reading);
				this.#options.ended();
			});
		this.#readings.add(reading);
	}

	/** Reads a log to its end, and pauses: the log of a container that has ended is not requested again at once. */
	async #read(container: ContainerInspection, service: LoggedService, followed: Followed): Promise<void> {
		const { clock, log, signal } = this.#options;
		try {
			await this.#readLines(container, service, followed);
			followed.failures = 0;
			followed.readStart = container.State.StartedAt;
		} catch (error) {
			if (!(error instanceof EngineError)) {
				throw error;
			}
			followed.failures += 1;
			if (error.code === 'engine-failed') {
				followed.readStart = container.State.StartedAt; // for example, its log driver keeps no lines
			}
			log.debug('cannot read the log of a container', { service: service.serviceName, error: error.message });
		}
		await clock.sleep(
			backoffMs(BACKOFF, followed.failures + 1, () => clock.random()),
			signal,
		);
	}

	async #readLines({ Id, Config }: ContainerInspection, service: LoggedService, followed: Followed): Promise<void> {
		const { logs, signal } = this.#options;
		const { resume } = followed;
		resume.restart();
		const { sinceMs } = resume;
		const options = {
			containerId: Id,
			hasTerminal: Config['Tty'] === true,
			onlyStdErr: service.level === 'errors',
			...(sinceMs === undefined ? {} : { sinceMs }),
		};
		for await (const lines of logs.follow(options, signal)) {
			for (const line of lines) {
				if (resume.advance(line) && !(await this.#deliver(Id, service, line, resume))) {
					return;
				}
			}
			if (isAborted(signal)) {
				return;
			}
		}
	}

	#deliver(id: string, service: LoggedService, line: ContainerLine, resume: ResumePoint): Promise<boolean> | true {
		const { session, signal } = this.#options;
		const message = {
			kind: 'service',
			message: line.text,
			timestamp: Date.parse(line.time),
			isStdErr: line.isStdErr,
			serviceId: service.serviceId,
			serviceName: service.serviceName,
		} as const;
		return deliver(session.sink, message, { source: SOURCE_PREFIX + id, position: resume.toString() }, signal);
	}
}
