import { propose } from '../../application-manager/index.ts';
import type { CurrentHost } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import { findRecord, isDue, type RebootCause } from '../../domain/reboot.ts';
import type { RebootPlan } from './compare-config.ts';

type Host = Pick<CurrentHost, 'reboot'> & Partial<Pick<CurrentHost, 'reboots'>>;

/**
 * Before the change that needs it: if power is cut between the two, a surplus reboot is harmless, a missing one leaves
 * the change without effect. One mark counts for all changes; each adds its cause, which the reboot is counted for.
 */
export function proposeMark(
	{ changes, cause }: { readonly changes: Readonly<Record<string, string>>; readonly cause: RebootCause | undefined },
	{ reboot, reboots }: Host,
): readonly Proposal[] {
	const isKnown = cause === undefined || reboots === undefined || isDue(cause, reboots);
	if (reboot === 'required' && isKnown) {
		return [];
	}
	return [
		propose(
			{ kind: 'markReboot', changes, ...(cause && { cause }) },
			{ reason: 'changes need a reboot', writes: ['host/reboot'] },
		),
	];
}

/** Nothing depends on these: apps are updated, and other changes made. */
export function proposeRebootRecords(plan: RebootPlan | undefined, { reboots }: Host): readonly Proposal[] {
	if (plan === undefined || reboots === undefined) {
		return [];
	}
	const givenUp = plan.ineffective.flatMap(({ cause, change }) => {
		const { reboots: made = 0, isGivenUp = false } = findRecord(cause, reboots) ?? {};
		const announcement = propose(
			{ kind: 'giveUpReboots', cause, reboots: made },
			{ reason: 'reboots have no effect', writes: ['host/reboot'] },
		);
		const left = propose(change, {
			reason: `differs: ${cause.what}`,
			writes: ['config', 'host/boot'],
			because: { kind: 'ineffective', reboots: made },
		});
		return isGivenUp ? [left] : [announcement, left];
	});
	const { over } = plan;
	const forgetting = propose(
		{ kind: 'forgetReboots', causes: over },
		{ reason: 'reboots are over', writes: ['host/reboot'] },
	);
	return over.length === 0 ? givenUp : [...givenUp, forgetting];
}
