import type { Config, Settings } from '../../config/index.ts';
import { decodeTarget, type IntakeOutcome, type TargetIntake } from '../../device-state/index.ts';
import type { Instant } from '../../domain/plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { CloudTroubles } from '../cloud-troubles.ts';
import { cloudBackoffMs } from '../protocol/cloud-backoff.ts';
import { problemFields, type CloudProblem } from '../protocol/cloud-problem.ts';
import { ReportOnce } from '../../lib/report-once.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';
import { keepRefused } from './keep-refused.ts';
import type { FetchedTarget, TargetFetcher } from './target-fetcher.ts';

/** How to apply the fetched target. */
export interface ApplyRequest {
	/** Update locks of users do not count. */
	readonly force: boolean;
}

export type PollOutcome =
	/** A target was stored. */
	| { readonly kind: 'stored' }
	/** The cloud has nothing new. */
	| { readonly kind: 'unchanged' }
	/** The cloud sent something that is no target: the stored one stays. */
	| { readonly kind: 'refused'; readonly because: Extract<IntakeOutcome, { kind: 'refused' }>['because'] }
	/** The target came, but could not be written; the next poll comes as soon as after a failure. */
	| { readonly kind: 'not-stored' }
	| CloudProblem;

interface TargetPollerOptions {
	readonly fetcher: Pick<TargetFetcher, 'fetch'>;
	readonly settings: Pick<Config, 'read'>;
	readonly intake: Pick<TargetIntake, 'accept'>;
	/** The cloud has answered as it should. */
	readonly answered?: () => void;
	/** Look at the device again now, without pauses. A target that was stored needs it only with force: the store wakes the loop. */
	readonly apply: (request: ApplyRequest) => void;
	readonly troubles: Pick<CloudTroubles, 'failed' | 'succeeded' | 'judgedTarget'>;
	readonly clock: Clock;
	readonly log: Log;
}

const JITTER_MS = 60_000;
const SETTINGS_RETRY_MS = 10_000;
/** What one timer can hold; the interval has no other limit here. */
const SLEEP_MS_MAX = 2 ** 31 - 1;
/** How long a turn may take beyond its own timeouts before the loop counts as stuck: slow links send slowly. */
const TURN_MS_MAX = 30 * 60_000;

/** Asks the cloud for the target, for ever: jitter after success, growing pauses after failure (spec: cloud-api 5). */
export class TargetPoller {
	readonly name = 'target-poller';
	readonly #options: TargetPollerOptions;
	/** From the request to the store: the answer to a second asker must not be judged before the first is delivered. */
	readonly #queue = new SerialQueue();
	/** The target that was last stored or refused; by identity. */
	#delivered: FetchedTarget | undefined;
	#failures = 0;
	#expectedBy: Instant | undefined;
	/** A cloud that is away for a day gives one line and not a hundred. */
	readonly #reported = new ReportOnce<'problem'>();

	constructor(options: TargetPollerOptions) {
		this.#options = options;
	}

	/** The loop moves, also while the cloud is away (decision D3). */
	isAlive(): boolean {
		return this.#expectedBy === undefined || this.#options.clock.now() < this.#expectedBy;
	}

	async run(signal: AbortSignal): Promise<void> {
		let settings = await this.#readSettings(signal);
		if (settings?.instantUpdates === false) {
			await this.#sleep(this.#pauseAfterSuccess(settings), signal);
		}
		while (!signal.aborted) {
			this.#expectedBy = this.#options.clock.now() + TURN_MS_MAX;
			const outcome = await this.#deliverOrAbort({ force: false, triggered: false }, signal);
			if (outcome === undefined) {
				return;
			}
			// Read after the poll: the target may have brought another interval.
			settings = await this.#readSettings(signal);
			if (settings !== undefined) {
				await this.#sleep(this.#pauseAfter(outcome, settings), signal);
			}
		}
	}

	/** A fetch between polls. Neither moves the timer nor counts as a poll. */
	poll(request: ApplyRequest, signal: AbortSignal): Promise<PollOutcome> {
		return this.#queue.run(() => this.#deliver({ ...request, triggered: true }, signal));
	}

	async #deliverOrAbort(request: Delivery, signal: AbortSignal): Promise<PollOutcome | undefined> {
		try {
			return await this.#queue.run(() => this.#deliver(request, signal));
		} catch (error) {
			if (signal.aborted) {
				return undefined;
			}
			throw error;
		}
	}

	async #deliver(request: Delivery, signal: AbortSignal): Promise<PollOutcome> {
		const { fetcher, troubles } = this.#options;
		const outcome = await fetcher.fetch(signal);
		if (outcome.kind === 'problem') {
			troubles.failed('target', outcome);
			return outcome;
		}
		troubles.succeeded('target');
		this.#options.answered?.();
		const { target, isNew } = outcome;
		if (isNew || target !== this.#delivered) {
			// A target that another fetch brought, or that could not be stored, is delivered with the next 304.
			return this.#store(target, request.force);
		}
		if (request.triggered) {
			this.#options.apply({ force: request.force });
		}
		return { kind: 'unchanged' };
	}

	async #store(target: FetchedTarget, force: boolean): Promise<PollOutcome> {
		const { intake, settings, troubles, log } = this.#options;
		const { body, uuid, source } = target;
		let outcome: IntakeOutcome;
		try {
			const { refusedVariables = {} } = await settings.read();
			const decode = (input: unknown) => {
				const decoded = decodeTarget(input, uuid);
				return decoded.ok ? { ...decoded, value: keepRefused(decoded.value, refusedVariables) } : decoded;
			};
			outcome = await intake.accept({ body, decode, source });
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			log.error('cannot store the target, the stored one stays in force until the next poll', {
				error: error.message,
				code: error.code,
			});
			return { kind: 'not-stored' };
		}
		troubles.judgedTarget(outcome.kind === 'refused' ? outcome.lines : []);
		this.#delivered = target; // the next 304 is about a target that was judged already (spec: cloud-api 6.5)
		if (outcome.kind === 'stored' && force) {
			this.#options.apply({ force });
		}
		return toPollOutcome(outcome);
	}

	#pauseAfter(outcome: PollOutcome, settings: Pick<Settings, 'pollIntervalMs'>): number {
		const { clock } = this.#options;
		if (outcome.kind === 'problem' || outcome.kind === 'not-stored') {
			this.#failures += 1;
			const backoffMs = cloudBackoffMs({
				failures: this.#failures,
				maxMs: settings.pollIntervalMs,
				random: () => clock.random(),
			});
			const asked = outcome.kind === 'problem' ? outcome.retryAfterMs : undefined;
			const pauseMs = Math.max(backoffMs, asked ?? 0);
			if (outcome.kind === 'problem') {
				this.#options.troubles.failed('target', outcome, pauseMs);
				this.#logProblem(outcome, pauseMs);
			}
			return pauseMs;
		}
		if (this.#reported.forget('problem')) {
			this.#options.log.info('the target can be fetched again', { failures: this.#failures });
		}
		this.#failures = 0;
		return this.#pauseAfterSuccess(settings);
	}

	#logProblem(problem: CloudProblem, retryInMs: number): void {
		const level = this.#reported.isNew('problem', problem.problem) ? 'warn' : 'debug';
		this.#options.log[level]('cannot fetch the target, the stored one stays in force', {
			...problemFields(problem),
			failures: this.#failures,
			retryInMs,
		});
	}

	#pauseAfterSuccess(settings: Pick<Settings, 'pollIntervalMs'>): number {
		return settings.pollIntervalMs + Math.floor(this.#options.clock.random() * JITTER_MS);
	}

	/** Until they can be read, or `undefined` when aborted. */
	async #readSettings(signal: AbortSignal): Promise<Settings | undefined> {
		while (!signal.aborted) {
			try {
				return await this.#options.settings.read();
			} catch (error) {
				if (!(error instanceof OperationalError)) {
					throw error;
				}
				this.#options.log.warn('cannot read the settings, no poll until it can', {
					error: error.message,
					retryInMs: SETTINGS_RETRY_MS,
				});
				await this.#sleep(SETTINGS_RETRY_MS, signal);
			}
		}
		return undefined;
	}

	async #sleep(ms: number, signal: AbortSignal): Promise<void> {
		const pauseMs = Math.min(ms, SLEEP_MS_MAX);
		this.#expectedBy = this.#options.clock.now() + pauseMs + TURN_MS_MAX;
		await this.#options.clock.sleep(pauseMs, signal);
	}
}

function toPollOutcome(outcome: IntakeOutcome): PollOutcome {
	switch (outcome.kind) {
		case 'stored':
			return { kind: 'stored' };
		case 'refused':
			return { kind: 'refused', because: outcome.because };
		case 'not-prepared':
			return { kind: 'not-stored' };
	}
}

interface Delivery extends ApplyRequest {
	readonly triggered: boolean;
}
