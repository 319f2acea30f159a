import { isSettled, type Plan } from '../domain/plan.ts';

/**
 * From the first plan that is not settled to the next settled one: clients call this an update (spec: planner 4, 16.5).
 */
export interface ApplySession {
	readonly applying: boolean;
	readonly failed: boolean;
	readonly downloaded: boolean;
}

export type SessionEvent = { readonly kind: 'started' } | { readonly kind: 'failed' } | { readonly kind: 'settled' };

export const initialSession: ApplySession = { applying: false, failed: false, downloaded: false };

interface SessionInput {
	readonly plan: Plan;
	readonly failed: boolean;
	/** An image was fetched since the last session ended. */
	readonly hasDownloaded: boolean;
}

/** The session after one more pass, and the events of its start and end. */
export function nextSession(
	session: ApplySession,
	{ plan, failed, hasDownloaded }: SessionInput,
): { readonly session: ApplySession; readonly events: readonly SessionEvent[] } {
	if (isSettled(plan)) {
		return { session: initialSession, events: session.applying ? [{ kind: 'settled' }] : [] };
	}
	const events: SessionEvent[] = [];
	if (!session.applying) {
		events.push({ kind: 'started' });
	}
	if (failed && !session.failed) {
		events.push({ kind: 'failed' });
	}
	return {
		session: {
			applying: true,
			failed: session.failed || failed,
			downloaded: session.downloaded || hasDownloaded,
		},
		events,
	};
}
