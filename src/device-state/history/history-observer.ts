import type { HistoryEvent } from '../../domain/history.ts';
import type { ProposedStep } from '../../domain/plan.ts';
import type { RequestNote } from '../../domain/request.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { Engine } from '../../ports/engine.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { StepEnd } from '../step-runner.ts';
import { uuidOfApp } from './app-names.ts';
import { compareStatus } from './compare-status.ts';
import { endedByItself } from './compare-containers.ts';
import { describeRequest, describeStep } from './direct-events.ts';
import type { History } from './history.ts';

interface HistoryObserverOptions {
	readonly history: Pick<History, 'record'>;
	readonly logTail: Engine['logTail'];
	/** Who sets the target. */
	readonly origin: () => string;
	/** An unexpected error: the process has to end. */
	readonly crashed: (error: unknown) => void;
}

const LAST_LINES = 3;
const NOTHING_KNOWN = { current: undefined, target: undefined } as const;

/** Derives events from the published status, and takes those that it does not show: ends of steps, requests. */
export class HistoryObserver {
	readonly #options: HistoryObserverOptions;
	#last: DeviceStatus | undefined;

	constructor(options: HistoryObserverOptions) {
		this.#options = options;
	}

	statusPublished(status: DeviceStatus): void {
		const before = this.#last;
		this.#last = status;
		for (const event of compareStatus(before, status, { origin: this.#options.origin() })) {
			const containerId = status.current === undefined ? undefined : endedByItself(event, status.current);
			if (containerId === undefined) {
				this.#record(event);
			} else {
				this.#recordWithLines(event, containerId).catch(this.#options.crashed);
			}
		}
	}

	stepEnded(step: ProposedStep, end: StepEnd, durationMs: number): void {
		for (const event of describeStep(step, end, { durationMs, apps: this.#last ?? NOTHING_KNOWN })) {
			this.#record(event);
		}
	}

	requestNoted(note: RequestNote): void {
		this.#record(describeRequest(note, this.#last ?? NOTHING_KNOWN));
	}

	/** The last output of a service that ended by itself says why. */
	async #recordWithLines(event: HistoryEvent, containerId: string): Promise<void> {
		let lines: readonly string[] = [];
		try {
			lines = await this.#options.logTail(containerId, LAST_LINES);
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			} // without its lines
		}
		this.#record(lines.length === 0 ? event : { ...event, details: { ...event.details, lines } });
	}

	#record(event: HistoryEvent): void {
		const appUuid =
			event.appUuid ?? (event.appId === undefined ? undefined : uuidOfApp(event.appId, this.#last ?? NOTHING_KNOWN));
		this.#options.history.record({ ...event, appUuid });
	}
}
