import isEqual from 'lodash/isEqual.js';
import omit from 'lodash/omit.js';
import type { DeviceReport } from '../device-state/report/index.ts';
import type { Instant } from '../domain/plan.ts';
import { backoffMs } from '../lib/backoff.ts';

const FIRST_RETRY_MS = 15_000;

/**
 * Remembers that the cloud refuses what is said about the apps, so that not every report is sent twice. Tried again when
 * other images are mentioned than those refused, or after a while.
 */
export class AppsRefusal {
	#refused: readonly string[] | undefined;
	#failures = 0;
	#until: Instant = 0;

	/** Puts back what the cloud last accepted about apps, while it would refuse what is the case. */
	apply(report: DeviceReport, accepted: Readonly<Record<string, unknown>>, now: Instant): DeviceReport {
		if (report.apps === undefined || now >= this.#until || !isEqual(this.#refused, mentionsOf(report.apps))) {
			return report;
		}
		const rest = omit(report, 'apps');
		// It was a report before, and is only compared with itself.
		return accepted.apps === undefined ? rest : { ...rest, apps: accepted.apps as NonNullable<DeviceReport['apps']> };
	}

	/** Gives the time until the next try. */
	note(apps: DeviceReport['apps'], options: { readonly now: Instant; readonly maxMs: number }): number {
		const mentions = mentionsOf(apps ?? {});
		this.#failures = isEqual(mentions, this.#refused) ? this.#failures + 1 : 1;
		this.#refused = mentions;
		const retryInMs = backoffMs({ firstMs: FIRST_RETRY_MS, maxMs: options.maxMs }, this.#failures, () => 0);
		this.#until = options.now + retryInMs;
		return retryInMs;
	}

	/** How long until what is refused is tried again. */
	waitMs(now: Instant): number {
		return now < this.#until ? this.#until - now : Infinity; // what is due shows in the next difference
	}

	lift(): void {
		this.#refused = undefined;
		this.#failures = 0;
		this.#until = 0;
	}
}

/** `app/commit` of each release. */
export function releasesOf(apps: NonNullable<DeviceReport['apps']>): readonly string[] {
	return Object.entries(apps).flatMap(([appUuid, app]) =>
		Object.keys(app.releases).map((commit) => `${appUuid}/${commit}`),
	);
}

/** All that the cloud may not know: releases and images. Status words and progress are never why. */
function mentionsOf(apps: NonNullable<DeviceReport['apps']>): readonly string[] {
	const releases = Object.values(apps).flatMap((app) => Object.values(app.releases));
	const images = releases.flatMap(({ services }) => Object.values(services ?? {}).map(({ image }) => image));
	const reached = Object.values(apps).flatMap((app) => app.release_uuid ?? []);
	return [...releasesOf(apps), ...images, ...reached].sort();
}
