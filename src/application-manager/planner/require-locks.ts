import type { Proposal, WaitReason } from '../../domain/plan.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

/** A proposal, and whether it needs the update locks of its app (spec: planner I6). */
export interface LockAwareProposal {
	readonly proposal: Proposal;
	readonly needsLock: boolean;
}

export function underLock(proposal: Proposal): LockAwareProposal {
	return { proposal, needsLock: true };
}

export function withoutLock(proposal: Proposal): LockAwareProposal {
	return { proposal, needsLock: false };
}

interface LockNeeds {
	readonly appId: number;
	/** All services of the app, current and of the target: locks are taken together. */
	readonly services: readonly string[];
	/** Services whose locks are ours. */
	readonly held: ReadonlySet<string> | undefined;
	readonly force: boolean;
}

/**
 * Steps that could start if they had the locks wait for one `takeLock`. Steps that wait for something else take no
 * locks: locks are held no longer than needed.
 */
export function requireLocks(proposals: readonly LockAwareProposal[], needs: LockNeeds): readonly Proposal[] {
	const { appId, services, held, force } = needs;
	const areWanted = proposals.some(({ needsLock, proposal }) => needsLock && proposal.because === undefined);
	if (!areWanted || services.every((name) => held?.has(name) === true)) {
		return proposals.map(({ proposal }) => proposal);
	}
	const take = propose(
		{ kind: 'takeLock', appId, services: [...new Set(services)].sort(), force },
		{ reason: 'containers are to change', writes: [resources.locks(appId)] },
	);
	return [
		take,
		...proposals.map(({ needsLock, proposal }): Proposal =>
			needsLock && proposal.because === undefined
				? { step: proposal.step, because: { kind: 'taking-locks', appId } }
				: proposal,
		),
	];
}

/**
 * Nothing is left to do for the app: its locks are released, also those that a crash left behind (spec: planner I11).
 */
export function proposeLockRelease(
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
