import type { Config } from '../../config/index.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import { waitFor } from '../../lib/wait-for.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { problemFields, type CloudProblem } from '../protocol/cloud-problem.ts';
import type { ApplyRequest, PollOutcome, TargetPoller } from './target-poller.ts';

interface AskedFetchesOptions {
	readonly poller: Pick<TargetPoller, 'poll'>;
	readonly settings: Pick<Config, 'read'>;
	readonly clock: Clock;
	readonly log: Log;
}

const FIRST_RETRY_MS = 1000;
const JITTER = 0.2;

/**
 * Fetches of the target that the cloud or a caller of the API asks for: one under way, and one for all who ask
 * meanwhile. What fails is tried again from one second on, with growing pauses up to those between polls (decision D28).
 */
export class AskedFetches {
	readonly name = 'asked-fetches';
	readonly #options: AskedFetchesOptions;
	readonly #wake = new WakeSignal<'asked'>();
	#asked: ApplyRequest | undefined;

	constructor(options: AskedFetchesOptions) {
		this.#options = options;
	}

	ask(request: ApplyRequest): void {
		this.#asked = merge(this.#asked, request);
		this.#wake.wake('asked');
	}

	async run(signal: AbortSignal): Promise<void> {
		let failures = 0;
		while (!isAborted(signal)) {
			await this.#wake.wait(signal);
			this.#wake.take();
			while (this.#asked !== undefined && !isAborted(signal)) {
				const request = this.#asked;
				this.#asked = undefined;
				const outcome = await this.#fetch(request, signal);
				if (outcome === undefined || !isFailure(outcome)) {
					failures = 0;
					continue;
				}
				this.#asked = merge(this.#asked, request);
				failures += 1;
				failures = await this.#pause(outcome, failures, signal);
			}
		}
	}

	/** `undefined`: it was aborted. */
	async #fetch(request: ApplyRequest, signal: AbortSignal): Promise<PollOutcome | undefined> {
		try {
			return await this.#options.poller.poll(request, signal);
		} catch (error) {
			if (isAborted(signal)) {
				return undefined;
			}
			throw error;
		}
	}

	/** A new caller does not wait for the long pause of earlier ones. Returns the number of failures in a row. */
	async #pause(failure: Failure, failures: number, signal: AbortSignal): Promise<number> {
		const { clock, log } = this.#options;
		const first = { firstMs: FIRST_RETRY_MS / (1 - JITTER), jitter: JITTER };
		const maxMs = await this.#pollIntervalMs();
		const backoff = backoffMs({ ...first, maxMs }, failures, () => clock.random());
		const asked = failure.kind === 'problem' ? failure.retryAfterMs : undefined;
		const retryInMs = Math.max(backoff, asked ?? 0);
		const level = failures === 1 ? 'warn' : 'debug';
		const fields = failure.kind === 'problem' ? problemFields(failure) : { problem: failure.kind };
		log[level]('cannot fetch the target that was asked for', { ...fields, failures, retryInMs });
		const until = clock.now() + retryInMs;
		const soonest = clock.now() + Math.max(FIRST_RETRY_MS, asked ?? 0);
		const isAskedAgain = await this.#sleep(retryInMs, signal);
		await clock.sleep(Math.min(until, Math.max(soonest, clock.now())) - clock.now(), signal);
		return isAskedAgain ? 0 : failures;
	}

	/** Whether another fetch was asked for meanwhile. */
	async #sleep(ms: number, signal: AbortSignal): Promise<boolean> {
		this.#wake.take();
		const { clock } = this.#options;
		return (await waitFor({ wake: this.#wake, ms, clock, signal })) === 'wake';
	}

	async #pollIntervalMs(): Promise<number> {
		try {
			return (await this.#options.settings.read()).pollIntervalMs;
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			return FIRST_RETRY_MS; // the poller logs what is wrong with them
		}
	}
}

type Failure = CloudProblem | { readonly kind: 'not-stored' };

function isFailure(outcome: PollOutcome): outcome is Failure {
	return outcome.kind === 'problem' || outcome.kind === 'not-stored';
}

function merge(first: ApplyRequest | undefined, second: ApplyRequest): ApplyRequest {
	return {
		force: second.force || first?.force === true,
	};
}
