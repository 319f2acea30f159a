import type { Proposal, WaitReason } from '../../domain/plan.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

/** A proposal, and whether the update locks of its app have to be held for it (spec: planner I6). */
export interface Draft {
	readonly proposal: Proposal;
	readonly needsLock: boolean;
}

export function locked(proposal: Proposal): Draft {
	return { proposal, needsLock: true };
}

export function unlocked(proposal: Proposal): Draft {
	return { proposal, needsLock: false };
}

interface LockNeeds {
	readonly appId: number;
	/** All services of the app, there or to come: locks are taken together. */
	readonly services: readonly string[];
	/** Services of which the locks are ours. */
	readonly held: ReadonlySet<string> | undefined;
	readonly force: boolean;
}

/**
 * What could start now but for the locks waits for one `takeLock`. What waits for something else asks for no locks:
 * they are held no longer than needed.
 */
export function requireLocks(drafts: readonly Draft[], needs: LockNeeds): readonly Proposal[] {
	const { appId, services, held, force } = needs;
	const areWanted = drafts.some(({ needsLock, proposal }) => needsLock && proposal.because === undefined);
	if (!areWanted || services.every((name) => held?.has(name) === true)) {
		return drafts.map(({ proposal }) => proposal);
	}
	const take = propose(
		{ kind: 'takeLock', appId, services: [...new Set(services)].sort(), force },
		{ reason: 'containers are to change', writes: [resources.locks(appId)] },
	);
	return [
		take,
		...drafts.map(({ needsLock, proposal }): Proposal =>
			needsLock && proposal.because === undefined
				? { step: proposal.step, because: { kind: 'lock', appId } }
				: proposal,
		),
	];
}

/** Nothing is left to do for the app: ours go, what a crash left behind included (spec: planner I11). */
export function proposeRelease(
	appId: number,
	held: ReadonlySet<string> | undefined,
	because?: WaitReason,
): readonly Proposal[] {
	return held === undefined
		? []
		: [
				propose(
					{ kind: 'releaseLock', appId },
					{ reason: 'nothing left to do for the app', writes: [resources.app(appId)], because },
				),
			];
}
