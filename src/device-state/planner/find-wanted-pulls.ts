import type { ProposedStep } from '../../domain/plan.ts';
import type { TargetState } from '../../domain/target.ts';

/** The engine lists an image a moment before the pull ends: such a pull is still wanted. */
export function findWantedPulls(
	busy: readonly ProposedStep[],
	target: TargetState | undefined,
): readonly ProposedStep[] {
	const wanted = new Set(
		(target?.apps ?? []).flatMap((app) =>
			app.state === 'ready' ? app.spec.services.map(({ reference }) => reference) : [],
		),
	);
	return busy.filter(({ step }) => step.kind === 'pullImage' && wanted.has(step.reference));
}
