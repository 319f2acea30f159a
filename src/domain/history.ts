/** What happened on the device: rows that people and programs read later (spec: v3-api 6). */

export const HISTORY_KINDS = [
	'target',
	'step',
	'service',
	'request',
	'lock',
	'release',
	'reboot',
	'start',
	'cloud',
	'engine',
	'storage',
	'clock',
] as const;

type HistoryKind = (typeof HISTORY_KINDS)[number];

/** Without an app: of the device. Texts hold no values of variables and no keys. */
export interface HistoryEvent {
	readonly kind: HistoryKind;
	/** `done`, `failed`, `started`, `lost`: what happened, of its kind. */
	readonly event: string;
	readonly appId?: number | undefined;
	readonly appUuid?: string | undefined;
	readonly serviceName?: string | undefined;
	readonly sentence: string;
	readonly details?: HistoryDetails | undefined;
}

export type HistoryDetails = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A row: an event, or several of the same that followed each other. */
export interface HistoryEntry extends HistoryEvent {
	/** Grows with each event; a repeat gives its row another one. */
	readonly id: number;
	readonly count: number;
	/** Wall time, ms. */
	readonly firstAt: number;
	readonly lastAt: number;
	/** The wall clock had been set by the network, or has been put right since. */
	readonly isSynchronised: boolean;
}

export interface HistoryQuery {
	/** Wall time, ms: what has happened at or after it. */
	readonly since?: number | undefined;
	readonly until?: number | undefined;
	/** Of these apps only; absent: all apps and the device. */
	readonly appIds?: readonly number[] | undefined;
	/** Its id or uuid. */
	readonly app?: string | undefined;
	readonly serviceName?: string | undefined;
	readonly kinds?: readonly HistoryKind[] | undefined;
	/** Older than this row. */
	readonly before?: number | undefined;
	/** Newer than this row. */
	readonly after?: number | undefined;
}

/** Bounds of what is kept: the oldest rows go first, but of each kind the newest stay. */
export const HISTORY_LIMITS = { rows: 5000, bytes: 2 * 1024 * 1024, floor: 75 } as const;

/** A row and its place in the indexes, beside its texts. */
const ROW_BYTES = 160;
const DETAILS_MAX = 1000;
const SENTENCE_MAX = 400;
const WORD_MAX = 256;

/** Texts of others can be of any length; the rows of each kind that stay must fit together. */
export function limitEvent(event: HistoryEvent): HistoryEvent {
	return {
		...event,
		sentence: cut(event.sentence, SENTENCE_MAX),
		serviceName: event.serviceName === undefined ? undefined : cut(event.serviceName, WORD_MAX),
		details: event.details === undefined ? undefined : limitDetails(event.details),
	};
}

/** What is too long in all loses its longest texts. */
function limitDetails(details: HistoryDetails): HistoryDetails | undefined {
	for (const max of [SENTENCE_MAX, 150, 50]) {
		const cutDetails = Object.fromEntries(
			Object.entries(details).map(([name, value]) => [
				name,
				typeof value === 'string'
					? cut(value, max)
					: Array.isArray(value)
						? value.map((one) => cut(String(one), max))
						: value,
			]),
		);
		if (JSON.stringify(cutDetails).length <= DETAILS_MAX) {
			return cutDetails;
		}
	}
	return undefined;
}

function cut(text: string, max: number): string {
	return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** About what a row takes on the disk. UTF-8 makes some characters longer: by the count of text, not of bytes. */
export function sizeOf(event: HistoryEvent, detailsText: string | null): number {
	const { appUuid = '', serviceName = '', sentence } = event;
	return ROW_BYTES + appUuid.length + serviceName.length + 2 * sentence.length + (detailsText?.length ?? 0);
}

/** Equal for repeats of the same event: details, such as a duration, may differ. */
export function identityOf({ kind, event, appId, serviceName, sentence }: HistoryEvent): string {
	return JSON.stringify([kind, event, appId ?? null, serviceName ?? null, sentence]);
}

/** Whether the row is one of those that are asked for. */
export function matchesQuery(entry: HistoryEntry, query: HistoryQuery): boolean {
	const { since, until, appIds, app, serviceName, kinds, before, after } = query;
	return (
		(since === undefined || entry.lastAt >= since) &&
		(until === undefined || entry.firstAt <= until) &&
		(appIds === undefined || (entry.appId !== undefined && appIds.includes(entry.appId))) &&
		(app === undefined || entry.appUuid === app || String(entry.appId) === app) &&
		(serviceName === undefined || entry.serviceName === serviceName) &&
		(kinds === undefined || kinds.includes(entry.kind)) &&
		(before === undefined || entry.id < before) &&
		(after === undefined || entry.id > after)
	);
}
