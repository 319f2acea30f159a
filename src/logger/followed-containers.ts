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
	/** Whether the engine is to be asked for its log. */
	readonly isRead: (container: ContainerInspection) => boolean;
	/** The reading of one of them has ended: it may have to begin again. */
	readonly ended: () => void;
}

/** One container of which the log is being read, or has been. */
interface Followed {
	readonly resume: ResumePoint;
	isReading: boolean;
	/** The start of the container up to whose end everything has been read. */
	readStart: string | undefined;
	failures: number;
}

const SOURCE_PREFIX = 'container:';
/** The engine says a moment later than the log that a container has ended. */
const AGAIN_MS = 1000;
const BACKOFF = { firstMs: AGAIN_MS, maxMs: 60_000, jitter: 0.2 };

/** One request for the log of each container that runs, or has run since it was read last. */
export class FollowedContainers {
	readonly #options: FollowedContainersOptions;
	readonly #followed = new Map<string, Followed>();
	readonly #readings = new Set<Promise<void>>();
	#bug: { readonly error: unknown } | undefined;

	constructor(options: FollowedContainersOptions) {
		this.#options = options;
	}

	/** These are all that there are. `sinceMs`: from when on those are read that are new here. Throws what went wrong. */
	follow(containers: readonly ContainerInspection[], sinceMs: number | undefined): void {
		if (this.#bug !== undefined) {
			throw this.#bug.error;
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
		// One that is not running is read if it ran since: it may have been too quick for us.
		if (followed.isReading || (!State.Running && State.StartedAt === followed.readStart)) {
			return;
		}
		this.#options.session.begin(SOURCE_PREFIX + Id, followed.resume.toString());
		followed.isReading = true;
		this.#followed.set(Id, followed);
		const reading = this.#read(container, service, followed)
			.catch((error: unknown) => {
				this.#bug ??= { error };
			})
			.finally(() => {
				followed.isReading = false;
				this.#readings.delete(reading);
				this.#options.ended();
			});
		this.#readings.add(reading);
	}

	/** To its end, and a pause: what has ended is not asked for again at once. */
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
				followed.readStart = container.State.StartedAt; // its log driver keeps nothing, or the like
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
