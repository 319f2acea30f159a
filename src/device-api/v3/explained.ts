import type { SubjectState } from '../../domain/finding.ts';
import type { Reason } from '../../domain/reason.ts';

/** The answer about one subject (spec: v3-api 3). `null`: there is none, or it is not known. */
export interface ExplainView {
	readonly subject: string;
	/** Uuid of the app, and name of the service. */
	readonly app?: string;
	readonly service?: string;
	readonly state: SubjectState;
	readonly since: string | null;
	/** The time beside it may be wrong. */
	readonly clock?: 'unsynchronised';
	readonly sentence: string;
	readonly current: PlaceView | null;
	readonly wanted: PlaceView | null;
	readonly differences: readonly DifferenceView[];
	readonly steps: readonly StepView[];
	readonly because: BecauseView | null;
	readonly ends_when: string | null;
	readonly last_error: string | null;
	readonly help: string | null;
	readonly parts: readonly ExplainView[];
}

/** What there is, or shall be. */
export interface PlaceView {
	readonly release: string | null;
	readonly image?: string;
	readonly status?: string;
	readonly health?: string | null;
}

export interface DifferenceView {
	readonly field: string;
	readonly is: string | null;
	readonly should: string | null;
}

export interface StepView {
	readonly kind: string;
	readonly reason: string;
	readonly state: 'running' | 'waiting';
	readonly progress?: number;
	/** Why it waits. */
	readonly sentence?: string;
}

export interface BecauseView {
	readonly kind: string;
	readonly since: string;
	readonly next_try?: string;
	readonly [data: string]: unknown;
}

/** A view with what its parents need of it. */
export interface Explained {
	readonly view: ExplainView;
	/** Nothing that the supervisor does by itself ends it. */
	readonly isOthers: boolean;
}

export interface ExplainedApp extends Explained {
	readonly appId: number;
	readonly uuid: string;
	readonly name: string;
	readonly services: readonly Explained[];
}

/** Grave first. */
const GRAVITY: readonly SubjectState[] = [
	'unknown',
	'rejected',
	'failing',
	'waiting',
	'changing',
	'stopped',
	'on_target',
];

export function isGraver(one: SubjectState, other: SubjectState): boolean {
	return GRAVITY.indexOf(one) < GRAVITY.indexOf(other);
}

export function isWell(state: SubjectState | undefined): boolean {
	return state === undefined || state === 'on_target' || state === 'stopped';
}

/** The gravest; of equals the first. */
export function gravest<T extends Explained>(all: readonly T[]): T | undefined {
	return all.reduce<T | undefined>(
		(best, one) => (best === undefined || isGraver(one.view.state, best.view.state) ? one : best),
		undefined,
	);
}

/** Reasons about the device that name no app and show no text of another one: every key may see them. */
const OF_ALL: readonly Reason['kind'][] = ['unseen', 'host-os', 'supervisor', 'given-up', 'ineffective', 'cloud-away'];

export function isShownToAll({ kind }: Reason): boolean {
	return OF_ALL.includes(kind);
}
