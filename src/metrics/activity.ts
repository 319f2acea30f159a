import type { Instant } from '../domain/plan.ts';
import { single, type Samples } from './sample.ts';
import { METRICS } from './table.ts';
import { DurationTally, Tally } from './tally.ts';

/** A step that ended. */
interface EndedStep {
	readonly id: string;
	readonly kind: string;
	readonly outcome: string;
	readonly ms: number;
}

interface EndedPass {
	readonly hasFailed: boolean;
	readonly ms: number;
	/** Absent: nothing was planned. */
	readonly planMs?: number | undefined;
}

/** A request to the API that was answered. */
interface AnsweredRequest {
	readonly method: string;
	/** Its pattern; absent: no route. */
	readonly route: string | undefined;
	readonly status: number;
	readonly ms: number;
}

/** Of the cloud. `success`: it has answered as it should. */
interface CloudAnswer {
	readonly call: 'target' | 'report';
	readonly result: string;
	readonly isSuccess: boolean;
}

/** Steps that failed and are no longer proposed are forgotten with the others: only a retry or two are not counted. */
const FAILED_MAX = 500;

/** Counts what happens while the process lives. Parts of the supervisor report into it; it decides nothing. */
export class Activity {
	readonly #now: () => Instant;
	readonly #passes = new Tally();
	readonly #passMs = new DurationTally(METRICS.passSeconds.buckets);
	readonly #planMs = new DurationTally(METRICS.planSeconds.buckets);
	readonly #steps = new Tally();
	readonly #stepMs = new DurationTally(METRICS.stepSeconds.buckets);
	readonly #retries = new Tally();
	readonly #failed = new Set<string>();
	readonly #pulls = new Tally();
	readonly #pullMs = new DurationTally(METRICS.pullSeconds.buckets);
	readonly #answers = { target: new Tally(), report: new Tally() };
	readonly #successAt: { target?: Instant; report?: Instant } = {};
	readonly #requests = new Tally();
	readonly #requestMs = new DurationTally(METRICS.apiSeconds.buckets);

	/** A clock that only goes forward, ms. */
	constructor(now: () => Instant) {
		this.#now = now;
	}

	passEnded({ hasFailed, ms, planMs }: EndedPass): void {
		this.#passes.add({ outcome: hasFailed ? 'failed' : 'done' });
		this.#passMs.add({}, ms);
		if (planMs !== undefined) {
			this.#planMs.add({}, planMs);
		}
	}

	stepEnded({ id, kind, outcome, ms }: EndedStep): void {
		this.#steps.add({ kind, outcome });
		this.#stepMs.add({ kind }, ms);
		if (this.#failed.delete(id)) {
			this.#retries.add({ kind });
		}
		if (outcome === 'failed') {
			if (this.#failed.size >= FAILED_MAX) this.#failed.clear();
			this.#failed.add(id);
		}
		if (kind === 'pullImage') {
			this.#pulls.add({ outcome });
			if (outcome === 'done') this.#pullMs.add({}, ms);
		}
	}

	cloudAnswered({ call, result, isSuccess }: CloudAnswer): void {
		this.#answers[call].add({ result });
		if (isSuccess) {
			this.#successAt[call] = this.#now();
		}
	}

	requestAnswered({ method, route = 'none', status, ms }: AnsweredRequest): void {
		// Each caller can send a method or path that does not exist; each pair must not become a series.
		this.#requests.add({ method: route === 'none' ? 'any' : method, route, status: String(status) });
		this.#requestMs.add({ route }, ms);
	}

	samples(): Samples {
		return {
			passes: this.#passes.samples(),
			passSeconds: this.#passMs.samples(),
			planSeconds: this.#planMs.samples(),
			steps: this.#steps.samples(),
			stepSeconds: this.#stepMs.samples(),
			stepRetries: this.#retries.samples(),
			pulls: this.#pulls.samples(),
			pullSeconds: this.#pullMs.samples(),
			polls: this.#answers.target.samples(),
			pollAge: single(this.#ageOf('target')),
			reports: this.#answers.report.samples(),
			reportAge: single(this.#ageOf('report')),
			apiRequests: this.#requests.samples(),
			apiSeconds: this.#requestMs.samples(),
		};
	}

	/** Seconds. */
	#ageOf(call: 'target' | 'report'): number | undefined {
		const at = this.#successAt[call];
		return at === undefined ? undefined : (this.#now() - at) / 1000;
	}
}
