import type { DeviceReport } from '../../device-state/report/index.ts';
import type { Instant } from '../../domain/plan.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { describePart, fingerprintOf, leaveOut, type Fields, type ReportPart, type Suspicion } from './report-parts.ts';

const FIRST_RETRY_MS = 15_000;

interface Refusal {
	readonly part: ReportPart;
	readonly fingerprint: string;
	readonly failures: number;
	readonly until: Instant;
}

/**
 * Remembers which parts of a report the cloud refuses, so that not every report is sent twice. Each is tried again after a
 * while, and at once when it says something else.
 */
export class RefusedParts {
	#refusals: ReadonlyMap<string, Refusal> = new Map();

	/** The report as the cloud would take it. */
	apply(report: DeviceReport, accepted: Fields, now: Instant): DeviceReport {
		const parts = [...this.#refusals.values()].filter((refusal) => isInForce(refusal, report, now));
		return leaveOut(
			report,
			parts.map(({ part }) => part),
			accepted,
		);
	}

	/** What was refused before is looked at first: most likely it is so again. */
	firstOf({ all, each }: Suspicion): Suspicion {
		const isAboutMetrics = all.every(({ kind }) => kind === 'metric');
		const known = [...this.#refusals.values()]
			.map(({ part }) => part)
			.filter(({ kind }) => kind !== 'apps' && (kind === 'metric') === isAboutMetrics);
		const names = new Set(known.map(describePart));
		return { all, each: [...known, ...each.filter((part) => !names.has(describePart(part)))] };
	}

	/** Gives the time until the next try. */
	note(part: ReportPart, report: DeviceReport, options: { readonly now: Instant; readonly maxMs: number }): number {
		const name = describePart(part);
		const fingerprint = fingerprintOf(part, report);
		const before = this.#refusals.get(name);
		const failures = before?.fingerprint === fingerprint ? before.failures + 1 : 1;
		const retryInMs = backoffMs({ firstMs: FIRST_RETRY_MS, maxMs: options.maxMs }, failures, () => 0);
		const refusal = { part, fingerprint, failures, until: options.now + retryInMs };
		this.#refusals = new Map([...this.#refusals, [name, refusal]]);
		return retryInMs;
	}

	/** The cloud has taken all that was not left out. */
	accepted(report: DeviceReport, now: Instant): void {
		this.#refusals = new Map([...this.#refusals].filter(([, refusal]) => isInForce(refusal, report, now)));
	}

	/** For people. */
	list(): readonly string[] {
		return [...this.#refusals.values()].map(({ part }) => describePart(part));
	}

	/** How long until something that is refused is tried again. */
	waitMs(now: Instant): number {
		const pauses = [...this.#refusals.values()].map(({ until }) => until - now);
		return Math.min(Infinity, ...pauses.filter((ms) => ms > 0)); // what is due shows in the next difference
	}
}

function isInForce({ part, fingerprint, until }: Refusal, report: DeviceReport, now: Instant): boolean {
	return now < until && fingerprintOf(part, report) === fingerprint;
}
