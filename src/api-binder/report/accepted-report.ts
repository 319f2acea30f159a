import type { StateReport } from '../../device-state/report/index.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';

/** What a cloud has last taken: the base of the next difference. */
export interface Accepted {
	/** The API endpoint: another cloud knows nothing of it. */
	readonly source: string;
	readonly report: StateReport;
}

/** Any other content costs a full report, and nothing more: the values are only compared. */
export function readAccepted(cached: unknown): Accepted | undefined {
	if (!isPlainObject(cached) || typeof cached.source !== 'string' || !isPlainObject(cached.report)) {
		return undefined;
	}
	const { source, report } = cached;
	return Object.values(report).every(isPlainObject) ? { source, report: report as StateReport } : undefined; // just checked
}
