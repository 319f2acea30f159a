import { describeIssues } from '../../domain/issue.ts';
import { decodeV2Target, type LocalDevice } from './legacy/index.ts';
import type { StoreOutcome, TargetIntake } from './target-intake.ts';

/** Where targets that a developer has set come from: no cloud has this address. */
const SOURCE = 'local';

/** Checks and stores what a developer wants to run on this device (spec: device-api 5.11). Nothing is stored of a bad one. */
export async function storeLocalTarget(
	input: unknown,
	{ device, intake }: { readonly device: LocalDevice; readonly intake: Pick<TargetIntake, 'store'> },
): Promise<StoreOutcome> {
	const decoded = decodeV2Target(input, device);
	return decoded.ok
		? intake.store(decoded.value, SOURCE)
		: { stored: false, lines: decoded.issues.map((issue) => describeIssues([issue])) };
}
