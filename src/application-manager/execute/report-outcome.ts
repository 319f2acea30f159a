import type { SystemLog } from '../../ports/log.ts';
import type { RepeatedFailures } from './repeated-failures.ts';

/** What the user reads of a change: before, after, and when it failed (spec: planner 17). */
interface ChangeTexts {
	readonly before?: string;
	readonly after?: string;
	readonly failed?: string;
	/** `web sha256:…`, an image, a network; nothing for changes without an object. */
	readonly object: string;
}

interface Teller {
	readonly systemLog: SystemLog;
	readonly failures: RepeatedFailures;
}

/** Runs a change and tells the user, a failure that repeats once. Rejects with what the change rejected with. */
export async function reportOutcome<T>(
	{ systemLog, failures }: Teller,
	{ before, after, failed, object }: ChangeTexts,
	change: () => Promise<T>,
): Promise<T> {
	const line = (text: string) => `${text} '${object}'`;
	const what = line(failed ?? '');
	if (before !== undefined && !failures.hasFailed(what)) {
		systemLog.write(line(before));
	}
	try {
		const result = await change();
		failures.ended(what);
		if (after !== undefined) {
			systemLog.write(line(after));
		}
		return result;
	} catch (error) {
		const message = messageOf(error);
		if (failed !== undefined && !failures.isRepeated(what, message)) {
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
