import type { Instant } from './plan.ts';

/** The supervisor that the target names (spec: host 14.3). */
export interface WantedSupervisor {
	readonly appUuid: string;
	readonly serviceName: string;
	readonly commit: string;
	/** Normalised reference. */
	readonly image: string;
}

/** The last try to run another supervisor. Kept across restarts and boots. */
export interface SupervisorAttempt {
	readonly image: string;
	readonly commit: string;
	/** What the image says of itself. */
	readonly version: string;
	/** The image that it replaces, by its id. */
	readonly fromImageId: string;
	/** Tries since the count began. */
	readonly attempts: number;
	/** An attempt of an earlier process has a time before this one. */
	readonly attemptedAt: Instant;
	/** `refused`: it is no image of this supervisor, and is not tried again. */
	readonly state: 'started' | 'done' | 'failed' | 'refused';
	/** Why it failed or was refused; of one that has started, what is known so far. */
	readonly failure?: string;
}

/** The supervisor as observed, on a device where it can be updated. */
export interface CurrentSupervisor {
	/** The image of the container in which this process runs, by its id. */
	readonly imageId: string;
	/** What the operating system starts at the next boot: normalised reference. */
	readonly configuredImage: string;
	readonly attempt?: SupervisorAttempt;
}

/** What stands between the device and the supervisor that it should run. */
type SupervisorProgress =
	| { readonly state: 'running' }
	| { readonly state: 'refused' }
	/** It is waited for, whatever the target says now. */
	| { readonly state: 'started'; readonly attempt: SupervisorAttempt }
	| { readonly state: 'due'; readonly attempt: number }
	| { readonly state: 'paused'; readonly until: Instant; readonly attempts: number; readonly failure: string };

const HOUR_MS = 3_600_000;
/** After each attempt in a row; after the last one the count begins anew. A restart of the supervisor is not for free. */
const PAUSES_MS = [HOUR_MS / 6, HOUR_MS];
const LAST_PAUSE_MS = 24 * HOUR_MS;
export const SUPERVISOR_ATTEMPTS_MAX = PAUSES_MS.length + 1;

interface Progress {
	readonly wanted: WantedSupervisor | undefined;
	readonly supervisor: CurrentSupervisor;
	/** The image of the wanted reference, if it is on the engine. */
	readonly wantedImageId: string | undefined;
	readonly now: Instant;
	/** When a user last forced an update: attempts before it do not count. */
	readonly forcedAt?: Instant | undefined;
}

export function progressOfSupervisor(input: Progress): SupervisorProgress {
	const { wanted, supervisor, wantedImageId, now, forcedAt = -Infinity } = input;
	const { attempt, imageId } = supervisor;
	if (attempt?.state === 'started') {
		return { state: 'started', attempt };
	}
	if (wanted === undefined) {
		return { state: 'running' };
	}
	const ofWanted = attempt !== undefined && isOfRelease(attempt, wanted) ? attempt : undefined;
	if (ofWanted?.state === 'refused') {
		return { state: 'refused' };
	}
	// One that runs and was not made permanent would be gone with the next boot.
	if (wantedImageId === imageId && ofWanted?.state !== 'failed') {
		return { state: 'running' };
	}
	if (ofWanted?.state !== 'failed') {
		return { state: 'due', attempt: 1 };
	}
	const { attempts, attemptedAt, failure = '' } = ofWanted;
	const until = attemptedAt + (PAUSES_MS[attempts - 1] ?? LAST_PAUSE_MS);
	if (forcedAt > attemptedAt) {
		return { state: 'due', attempt: 1 };
	}
	if (until > now) {
		return { state: 'paused', until, attempts, failure };
	}
	return { state: 'due', attempt: attempts < SUPERVISOR_ATTEMPTS_MAX ? attempts + 1 : 1 };
}

/** With another commit or image it is another update, and its attempts count anew. */
export function isOfRelease(attempt: SupervisorAttempt, { image, commit }: WantedSupervisor): boolean {
	return attempt.image === image && attempt.commit === commit;
}

/**
 * Images that the clean-up must leave: what runs, what starts at the next boot, and what is about to run. `unused` is one
 * that an update has left behind, and that nothing needs.
 */
export function supervisorImages(
	{ imageId, configuredImage, attempt }: CurrentSupervisor,
	wanted: WantedSupervisor | undefined,
	find: (reference: string) => string | undefined,
): { readonly kept: ReadonlySet<string>; readonly unused: readonly string[] } {
	const isRefused = attempt?.state === 'refused';
	const references = [
		configuredImage,
		...(wanted === undefined || (isRefused && attempt.image === wanted.image) ? [] : [wanted.image]),
		...(attempt?.state === 'started' ? [attempt.image] : []),
	];
	const kept = new Set([imageId, ...references.map(find).filter((id) => id !== undefined)]);
	const left =
		attempt === undefined || attempt.state === 'started'
			? undefined
			: attempt.state === 'done'
				? attempt.fromImageId
				: find(attempt.image);
	return { kept, unused: left === undefined || kept.has(left) ? [] : [left] };
}
