import type { Footprint } from '../../domain/footprint.ts';
import type { Proposal, WaitReason } from '../../domain/plan.ts';
import type { FieldDifference } from '../../domain/service.ts';
import { stepIdOf, type Step } from '../../domain/step.ts';

interface ProposalDetails {
	readonly reason: string;
	readonly writes: readonly string[];
	readonly reads?: readonly string[];
	readonly interruptible?: boolean;
	readonly isUpdate?: boolean;
	readonly because?: WaitReason | undefined;
	readonly differences?: readonly FieldDifference[];
	/** See `stepIdOf`. */
	readonly identity?: string;
}

export function propose(step: Step, details: ProposalDetails): Proposal {
	const footprint: Footprint = { writes: details.writes, reads: details.reads ?? [] };
	return {
		step: {
			id: stepIdOf(step, details.identity),
			step,
			reason: details.reason,
			footprint,
			interruptible: details.interruptible ?? false,
			...(details.isUpdate === true ? { isUpdate: true } : {}),
			...(details.differences === undefined ? {} : { differences: details.differences }),
		},
		...(details.because === undefined ? {} : { because: details.because }),
	};
}
