import type { SystemLog } from '../../ports/log.ts';

/** What the user reads of a change: before, after, and when it failed (spec: planner 17). */
export interface ChangeTexts {
	readonly before?: string;
	readonly after?: string;
	readonly failed?: string;
	/** `web sha256:…`, an image, a network; nothing for changes without an object. */
	readonly object: string;
}

/** Runs a change and tells the user. Rejects with what the change rejected with. */
export async function reportOutcome<T>(systemLog: SystemLog, texts: ChangeTexts, change: () => Promise<T>): Promise<T> {
	const line = (text: string) => `${text} '${texts.object}'`;
	if (texts.before !== undefined) {
		systemLog.write(line(texts.before));
	}
	try {
		const result = await change();
		if (texts.after !== undefined) {
			systemLog.write(line(texts.after));
		}
		return result;
	} catch (error) {
		if (texts.failed !== undefined) {
			systemLog.write(`${line(texts.failed)} due to '${messageOf(error)}'`, { error: true });
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
