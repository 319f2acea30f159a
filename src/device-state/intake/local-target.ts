import { decodeV2Target, type LocalDevice } from './legacy/index.ts';
import type { TargetInput } from './target-intake.ts';

/** The source of targets that a developer has set: no cloud has this address. */
const SOURCE = 'local';

/** The target that a developer sets for this device (spec: device-api 5.11). */
export function localTarget(body: unknown, device: LocalDevice): TargetInput {
	return { body, decode: (input) => decodeV2Target(input, device), source: SOURCE };
}
