import type { ReportOnce } from '../../lib/report-once.ts';
import type { SystemLog } from '../../ports/log.ts';

/** The lines for the user: before a change, after it, and when it failed (spec: planner 17). */
interface ChangeTexts {
	readonly before?: string;
	readonly after?: string;
	readonly failed?: string;
	/** `web sha256:…`, an image, a network; empty for changes without an object. */
	readonly object: string;
}

interface Reporter {
	readonly systemLog: SystemLog;
	readonly failures: ReportOnce;
}

/** Runs a change and notifies the user, of a repeated failure only once. Rejects with the error of the change. */
export async function reportOutcome<T>(
	{ systemLog, failures }: Reporter,
	{ before, after, failed, object }: ChangeTexts,
	change: () => Promise<T>,
): Promise<T> {
	const line = (text: string) => `${text} '${object}'`;
	const what = line(failed ?? '');
	if (before !== undefined && !failures.has(what)) {
		systemLog.write(line(before));
	}
	try {
		const result = await change();
		failures.forget(what);
		if (after !== undefined) {
			systemLog.write(line(after));
		}
		return result;
	} catch (error) {
		const message = messageOf(error);
		if (failed !== undefined && failures.isNew(what, message)) {
			systemLog.write(`${line(failed)} due to '${message}'`, { error: true });
		}
		throw error;
	}
}

function messageOf(error: unknown): string {
	if (!(error instanceof Error)) {
		return 'Unknown cause';
	}
	return error.message === '' ? error.name : error.message;
}
