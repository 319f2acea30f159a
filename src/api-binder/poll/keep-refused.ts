import { normaliseVariables } from '../../config/index.ts';
import type { TargetDocument } from '../../domain/target.ts';

type Variables = TargetDocument['config'];

/** Variables that the cloud has refused in the first report stay as they are until a target names them. */
export function keepRefused(document: TargetDocument, refused: Variables): TargetDocument {
	const named = normaliseVariables(document.config);
	const kept = Object.entries(refused).filter(([name]) => !Object.hasOwn(named, name));
	return { ...document, config: { ...Object.fromEntries(kept), ...document.config } };
}
