import type { Finding, Subject, SubjectState } from './finding.ts';
import type { HelpTopic } from './help-topic.ts';
import type { Instant } from './plan.ts';
import { REASONS, type ReasonRow, type SentenceFacts } from './reason-table.ts';
import type { StepKind } from './step.ts';

/** Why the device, an app or a service is not as its user wants it (spec: v3-api 3). */
export interface Reason extends Subject {
	readonly kind: Finding['kind'];
	readonly finding: Finding;
	/** The step that waits or fails. */
	readonly step?: StepKind | undefined;
	/** In the user's words: services, apps, ports and files as they are called there. */
	readonly sentence: string;
	/** Survives passes that find the same. */
	readonly since: Instant;
	/** Absent: nothing is tried by itself, or it is being tried. */
	readonly nextTry?: Instant | undefined;
}

/** Longer texts of an engine are cut. */
const LENGTH_MAX = 400;

interface Described extends Pick<ReasonRow<Finding>, 'rank' | 'isAnnounced' | 'lingerMs'> {
	readonly kind: Finding['kind'];
	/** Equal for findings that say the same. */
	readonly key: string;
	readonly sentence: string;
}

export function describeFinding(finding: Finding, facts: SentenceFacts): Described {
	const row = rowOf(finding);
	const { rank, isAnnounced, lingerMs } = row;
	return {
		kind: finding.kind,
		key: `${finding.kind} ${facts.step ?? ''} ${row.identity?.(finding) ?? ''}`,
		sentence: shorten(row.sentence(finding, facts)),
		rank,
		...(isAnnounced === undefined ? {} : { isAnnounced }),
		...(lingerMs === undefined ? {} : { lingerMs }),
	};
}

export function shorten(text: string): string {
	const line = text.replaceAll('\n', '; ').trim();
	return line.length <= LENGTH_MAX ? line : `${line.slice(0, LENGTH_MAX - 1)}…`;
}

interface Outlook {
	readonly state: SubjectState;
	/** Nothing that the supervisor does by itself ends it. */
	readonly isOthers: boolean;
	readonly endsWhen: string;
	readonly help: HelpTopic;
}

/** What it means for its subject, and what ends it. */
export function outlookOf(finding: Finding): Outlook {
	const { state, isOthers = false, endsWhen, help } = rowOf(finding);
	return {
		state,
		isOthers,
		endsWhen: typeof endsWhen === 'string' ? endsWhen : endsWhen(finding),
		help: typeof help === 'string' ? help : help(finding),
	};
}

/** Of this very kind; the compiler cannot follow the index through the union. */
function rowOf(finding: Finding): ReasonRow<Finding> {
	return REASONS[finding.kind] as ReasonRow<Finding>;
}
