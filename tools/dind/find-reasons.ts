/** Written into the supervisor's log before a release: later lines are about this release. */
export const RELEASE_MARK = 'dindctl: a release was made';

export interface Reason {
	/** `refused`: the target as a whole, which is final. `failing`: a step that is tried again; `locked`: until a lock is free. */
	readonly kind: 'refused' | 'problem' | 'failing' | 'locked' | 'ignored';
	readonly text: string;
}

const FIELD = /(\w+)=("(?:\\.|[^"\\])*"|\S*)/g;
const LEVEL = /^(?:\d{4}-\S+ )?\[\w+\] +/; // with or without a time (spec: config 1)
const MOVED_NOT = 'Could not move to new release: ';
const APP_ID = /^\d+\//;
const TARGET_PATH = /\bapps\.\w+\.(?:releases\.\w+\.)?/g;

/** Why the device does not fully run its last release: the current problems in its log. */
export function findReasons(log: readonly string[]): readonly Reason[] {
	const reasons = new Map<string, Reason>();
	const mark = log.lastIndexOf(RELEASE_MARK);
	// Before the device has the target with the release, its log is about the previous one.
	let isAbout = mark < 0;
	for (const line of log.slice(mark + 1)) {
		const message = line.replace(LEVEL, '');
		const is = (start: string) => message.startsWith(`${start} `);
		isAbout ||= is('target stored') || is('target refused,');
		if (!isAbout) continue;
		if (is('target stored')) reasons.clear();
		else if (is('target refused, the stored one stays in force')) {
			const { issues = 'its log says why' } = readFields(message);
			reasons.set('refused', { kind: 'refused', text: `The device refuses its target: ${tidy(issues)}` });
		} else if (is('skipped')) {
			const { problem = '', path = '' } = readFields(message);
			addReason(reasons, 'problem', `${problem} (${path})`);
		} else if (message.startsWith(MOVED_NOT) && message.endsWith(') component=system')) {
			addReason(reasons, 'problem', message.slice(MOVED_NOT.length, -' component=system'.length));
		} else if (is('ignored in the target')) {
			const { notice = '', path = '' } = readFields(message);
			addReason(reasons, 'ignored', `${notice} (${path})`);
		} else if (is('step failed') || is('step done')) {
			const { step = '', subject = '', error = '' } = readFields(message);
			const key = `${step} ${subject}`;
			reasons.delete(key);
			const text = `${subject.replace(APP_ID, '')}: ${step} failed: ${tidy(error)}`;
			if (is('step failed')) reasons.set(key, { kind: step === 'takeLock' ? 'locked' : 'failing', text });
		}
	}
	return [...reasons.values()];
}

function addReason(reasons: Map<string, Reason>, kind: Reason['kind'], text: string): void {
	const tidied = tidy(text);
	reasons.set(tidied, { kind, text: tidied });
}

/** On one line, and without what is the same in all paths. */
function tidy(text: string): string {
	return text.replaceAll('\n', '; ').replace(TARGET_PATH, '');
}

function readFields(line: string): Readonly<Record<string, string>> {
	return Object.fromEntries(
		[...line.matchAll(FIELD)].map(([, name = '', value = '']) => [
			name,
			value.startsWith('"') ? unquote(value) : value,
		]),
	);
}

function unquote(text: string): string {
	try {
		return String(JSON.parse(text));
	} catch {
		return text; // redaction may have cut it; it can still be read
	}
}
