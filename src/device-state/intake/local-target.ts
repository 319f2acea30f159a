import { decodeV2Target, type LocalDevice } from './legacy/index.ts';
import type { TargetInput } from './target-intake.ts';

/** Where targets that a developer has set come from: no cloud has this address. */
const SOURCE = 'local';

/** What a developer wants to run on this device (spec: device-api 5.11). */
export function localTarget(body: unknown, device: LocalDevice): TargetInput {
	return { body, decode: (input) => decodeV2Target(input, device), source: SOURCE };
}
