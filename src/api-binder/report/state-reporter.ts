import { cloudEndpoint, type Config, type Settings } from '../../config/index.ts';
import {
	buildReport,
	diffReport,
	roundMetrics,
	type DeviceReport,
	type ReportDifference,
} from '../../device-state/report/index.ts';
import type { Instant } from '../../domain/plan.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { ReportOnce } from '../../lib/report-once.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import { waitFor } from '../../lib/wait-for.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MetricFields } from '../../device-state/index.ts';
import type { MetricsCollector, ReadDeviceFacts, StatusSource } from './report-sources.ts';
import type { JsonCache } from '../../ports/json-cache.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { TargetStore } from '../../ports/stores.ts';
import type { CloudApi, ReportAnswer } from '../protocol/cloud-api.ts';
import { cloudBackoffMs } from '../protocol/cloud-backoff.ts';
import type { CloudTroubles } from '../cloud-troubles.ts';
import { answerOrProblem, problemFields, type CloudProblem } from '../protocol/cloud-problem.ts';
import { readAccepted, type Accepted } from './accepted-report.ts';
import { narrowRefusal } from './narrow-refusal.ts';
import { RefusedParts } from './refused-parts.ts';
import { describePart, leaveOut, suspectsOf, type Fields, type Suspicion } from './report-parts.ts';
import { TokenBucket } from './token-bucket.ts';

interface StateReporterOptions {
	readonly cloud: Pick<CloudApi, 'sendReport'>;
	readonly settings: Pick<Config, 'read'>;
	readonly status: StatusSource;
	readonly targets: Pick<TargetStore, 'read'>;
	readonly facts: ReadDeviceFacts;
	readonly metrics: MetricsCollector;
	readonly cache: JsonCache;
	readonly troubles: Pick<CloudTroubles, 'failed' | 'succeeded' | 'refusedParts'>;
	readonly clock: Clock;
	readonly log: Log;
}

const METRICS_PERIOD_MS = 300_000;
/** How long measured values are reused: every change of the device needs them. */
const METRICS_AGE_MS_MAX = 10_000;
const BURST = 3;
const REFILL_MS = 10_000;
/** Changes come in swarms: one report for each swarm. */
const GATHER_MS = 200;
const FIRST_RETRY_MS = 15_000;
/** From the first answer after an outage to the report. */
const SPREAD_MS = 5000;
const RETRY_MS_MIN = 1000;
const TURN_MS_MAX = 10 * 60_000;

/** Everything needed to send one report. */
interface Draft {
	readonly settings: Settings;
	readonly uuid: string;
	readonly key: string;
	/** All that is the case. */
	readonly whole: DeviceReport;
	/** The same without what the cloud would refuse. */
	readonly report: DeviceReport;
	readonly difference: ReportDifference | undefined;
	/** Nothing is being done: this is how the device will stay. */
	readonly isSettled: boolean;
}

/**
 * Reports changes to the cloud (spec: cloud-api 11). A report that fails is made anew from what is then the case, so
 * nothing is lost and nothing old is sent.
 */
export class StateReporter {
	readonly name = 'state-reporter';
	readonly #options: StateReporterOptions;
	readonly #wake = new WakeSignal<'changed'>();
	readonly #answered = new WakeSignal<'answered'>();
	readonly #bucket = new TokenBucket({ capacity: BURST, refillMs: REFILL_MS });
	readonly #refused = new RefusedParts();
	#accepted: Accepted | undefined;
	#lastSuccessAt: Instant | undefined;
	#expectedBy: Instant | undefined;
	#failures = 0;
	readonly #reported = new ReportOnce<'problem'>();
	#measured: { readonly at: Instant; readonly hardware: boolean; readonly fields: MetricFields } | undefined;

	constructor(options: StateReporterOptions) {
		this.#options = options;
	}

	/** Something outside the published status changed: an address, the API key, a setting. */
	wake(): void {
		this.#wake.wake('changed');
	}

	/** The cloud answers others of us: what waits to be reported need not wait any longer. */
	cloudAnswered(): void {
		this.#answered.wake('answered');
	}

	/** The loop moves, also while the cloud is away (decision D3). */
	isAlive(): boolean {
		return this.#expectedBy === undefined || this.#options.clock.now() < this.#expectedBy;
	}

	async run(signal: AbortSignal): Promise<void> {
		const stopListening = this.#options.status.onChange(() => {
			this.wake();
		});
		try {
			this.#accepted = readAccepted(await this.#options.cache.read());
			while (!signal.aborted) {
				this.#wake.take(); // before looking: what changes meanwhile must be looked at again
				await this.#pause(await this.#turn(signal), signal);
			}
		} catch (error) {
			if (!isAborted(signal)) {
				throw error;
			}
		} finally {
			stopListening();
		}
	}

	async #turn(signal: AbortSignal): Promise<Pause> {
		const { clock, log } = this.#options;
		this.#expectedBy = clock.now() + TURN_MS_MAX;
		let draft: Draft | undefined;
		try {
			draft = await this.#draft();
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			log.warn('cannot build a report', { error: error.message, retryInMs: FIRST_RETRY_MS });
			return { ms: FIRST_RETRY_MS, endsWith: 'time' };
		}
		if (draft?.difference === undefined) {
			this.#options.troubles.succeeded('report');
			this.#failures = 0; // what failed is not the case any more: the next failure is the first of its own
			this.#reported.forget('problem');
			return { ms: Math.min(METRICS_PERIOD_MS, this.#refused.waitMs(clock.now())), endsWith: 'change' };
		}
		const waitMs = this.#waitBefore(draft, draft.difference);
		if (waitMs > 0) {
			return { ms: Math.min(waitMs, this.#refused.waitMs(clock.now())), endsWith: 'change' };
		}
		return this.#send(draft, draft.difference, signal);
	}

	/** What would be sent now. `undefined`: the device has no identity. */
	async #draft(): Promise<Draft | undefined> {
		const { settings: store, facts, status, targets, clock } = this.#options;
		const settings = await store.read();
		const { uuid, deviceApiKey: key } = settings;
		if (uuid === undefined || key === '') {
			return undefined;
		}
		const accepted = this.#acceptedBy(settings, uuid);
		const metrics = await this.#measure(settings.hardwareMetrics);
		const latest = status.latest();
		const built = buildReport(latest, {
			device: await facts(),
			metrics,
			listenPort: settings.listenPort,
			localMode: settings.localMode,
			target: await targets.read(),
		});
		const whole = roundMetrics(accepted, built);
		const report = this.#refused.apply(whole, accepted, clock.now());
		return {
			settings,
			uuid,
			key,
			whole,
			report,
			difference: diffReport({ [uuid]: accepted }, { [uuid]: report }),
			isSettled: latest === undefined || (!latest.applying && latest.running.length === 0),
		};
	}

	/** Metrics can wait; and while steps run, one report is kept back for their end. */
	#waitBefore(draft: Draft, difference: ReportDifference): number {
		const now = this.#options.clock.now();
		const metricsWaitMs =
			difference.metricsOnly && this.#lastSuccessAt !== undefined ? this.#lastSuccessAt + METRICS_PERIOD_MS - now : 0;
		return Math.max(metricsWaitMs, this.#bucket.waitMs(draft.isSettled ? 1 : 2, now));
	}

	async #send(draft: Draft, difference: ReportDifference, signal: AbortSignal): Promise<Pause> {
		const { settings, report, uuid } = draft;
		const answer = await this.#sendBody(draft, difference.body, signal);
		if (answer.kind === 'accepted') {
			await this.#accept(draft, report);
			this.#refused.accepted(draft.whole, this.#options.clock.now());
			this.#options.troubles.refusedParts(this.#refused.list());
			return { ms: 0, endsWith: 'change' };
		}
		let problem = answer;
		const sent = difference.body[uuid] as Fields; // the entry of a device in a difference
		for (const suspicion of suspectsOf(answer.problem, report, sent)) {
			const rest = leaveOut(report, suspicion.all, this.#acceptedBy(settings, uuid));
			const second = await this.#sendPart(draft, rest, signal);
			if (second.kind === 'accepted') {
				await this.#leaveOutFromNowOn(draft, suspicion, signal);
				return { ms: 0, endsWith: 'change' };
			}
			problem = second;
		}
		return this.#fail(problem, settings);
	}

	/**
	 * One release that the cloud does not know, or knows no more, loses the whole report with a 401, as a bad key would.
	 * The rest has got through, which shows which of the two it was.
	 */
	async #leaveOutFromNowOn(draft: Draft, suspicion: Suspicion, signal: AbortSignal): Promise<void> {
		const { clock, log, troubles } = this.#options;
		const { report, settings, uuid } = draft;
		const parts = await narrowRefusal(this.#refused.firstOf(suspicion), {
			report,
			accepted: () => this.#acceptedBy(settings, uuid),
			send: async (rest) => (await this.#sendPart(draft, rest, signal)).kind === 'accepted',
		});
		const options = { now: clock.now(), maxMs: settings.pollIntervalMs };
		const retries = parts.map((part) => this.#refused.note(part, draft.whole, options));
		troubles.refusedParts(this.#refused.list());
		log.warn('the cloud refuses a part of the report, the rest was sent without it', {
			refused: parts.map(describePart),
			retryInMs: Math.min(...retries),
		});
	}

	/** Also where nothing is left to be said: that it is taken shows that the key is good. */
	async #sendPart(draft: Draft, report: DeviceReport, signal: AbortSignal): Promise<ReportAnswer> {
		const { uuid, settings } = draft;
		const difference = diffReport({ [uuid]: this.#acceptedBy(settings, uuid) }, { [uuid]: report });
		const answer = await this.#sendBody(draft, difference?.body ?? { [uuid]: {} }, signal);
		if (answer.kind === 'accepted') {
			await this.#accept(draft, report);
		}
		return answer;
	}

	#sendBody(draft: Draft, body: unknown, signal: AbortSignal): Promise<ReportAnswer> {
		const { settings, key } = draft;
		const access = { endpoint: cloudEndpoint(settings), key, timeoutMs: settings.requestTimeoutMs };
		return answerOrProblem(() => this.#options.cloud.sendReport(access, body, signal));
	}

	async #accept(draft: Draft, report: DeviceReport): Promise<void> {
		const { clock, log, cache, troubles } = this.#options;
		troubles.succeeded('report');
		if (this.#reported.forget('problem')) {
			log.info('reports reach the cloud again', { failures: this.#failures });
		}
		this.#failures = 0;
		this.#lastSuccessAt = clock.now();
		this.#bucket.take(clock.now());
		this.#accepted = { source: draft.settings.apiEndpoint, report: { [draft.uuid]: { ...report } } };
		await cache.write(this.#accepted);
	}

	#fail(problem: CloudProblem, settings: Settings): Pause {
		const { clock, log } = this.#options;
		this.#failures += 1;
		const maxMs = settings.pollIntervalMs;
		const backoffMs = cloudBackoffMs({ failures: this.#failures, maxMs, random: () => clock.random() });
		const ms = Math.max(RETRY_MS_MIN, problem.retryAfterMs ?? backoffMs);
		this.#options.troubles.failed('report', problem, ms);
		const level = this.#reported.isNew('problem', problem.problem) ? 'warn' : 'debug';
		log[level]('cannot report to the cloud, what changes meanwhile is sent with the next try', {
			...problemFields(problem),
			failures: this.#failures,
			retryInMs: ms,
		});
		return { ms, endsWith: problem.retryAfterMs === undefined ? 'answer' : 'time' };
	}

	/** What this cloud last took from this identity. */
	#acceptedBy(settings: Settings, uuid: string): Readonly<Record<string, unknown>> {
		return (this.#accepted?.source === settings.apiEndpoint ? this.#accepted.report[uuid] : undefined) ?? {};
	}

	async #measure(hardware: boolean): Promise<MetricFields> {
		const { clock, metrics } = this.#options;
		const last = this.#measured;
		if (last?.hardware === hardware && clock.now() - last.at < METRICS_AGE_MS_MAX) {
			return last.fields;
		}
		const fields = await metrics.collect({ hardware });
		this.#measured = { at: clock.now(), hardware, fields };
		return fields;
	}

	async #pause(pause: Pause, signal: AbortSignal): Promise<void> {
		const { clock } = this.#options;
		this.#expectedBy = clock.now() + pause.ms + TURN_MS_MAX;
		const wake = pause.endsWith === 'change' ? this.#wake : this.#answered;
		if (pause.endsWith === 'time') {
			await clock.sleep(pause.ms, signal);
			return;
		}
		this.#answered.take(); // an earlier answer says nothing about the present
		const first = await waitFor({ wake, ms: pause.ms, clock, signal });
		if (pause.endsWith === 'change') {
			await clock.sleep(GATHER_MS, signal);
		} else if (first === 'wake') {
			await clock.sleep(clock.random() * SPREAD_MS, signal); // all devices hear of it at about the same time
		}
	}
}

interface Pause {
	readonly ms: number;
	/**
	 * What ends it before its time: a change of the device; an answer of the cloud to something else, after a failure; or
	 * nothing, where the cloud has asked for quiet.
	 */
	readonly endsWith: 'change' | 'answer' | 'time';
}
