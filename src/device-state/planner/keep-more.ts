import type { PlanPolicy } from '../../domain/plan.ts';

/** While local mode is entered or left, target and policy may belong to either side: images and volumes are kept meanwhile. */
export function keepMore(before: PlanPolicy, after: PlanPolicy): PlanPolicy {
	return {
		...after,
		keepImages: before.keepImages || after.keepImages,
		keepVolumes: before.keepVolumes || after.keepVolumes,
	};
}
