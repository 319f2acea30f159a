import type { PlanPolicy } from '../../../../src/domain/plan.ts';
import type { Box } from '../../../model/state.ts';

/** Parts of states of the model, for plans that are looked at one by one. */

/** The image of release 2 is here, and recorded. */
export const done = { old: false, new: true, oldRow: false, newRow: 'full' } as const;

export const planPolicy: PlanPolicy = {
	maxPulls: 4,
	maxSteps: 8,
	keepImages: false,
	keepVolumes: false,
	ownImage: 'registry.test/own:v1',
	force: false,
	localMode: false,
};

/** As release 2 wants it, and running. */
export function box(id: 'a1' | 'b1' | 'c1', parts: Partial<Box>): Box {
	const [svc, flags] = [id.charAt(0) as Box['svc'], { ready: false, failed: false, young: false, quiet: false }];
	const base = { release: 2, aside: false, made: 'new', run: 'running', rank: 1, started: true } as const;
	return { id, svc, ...base, ...flags, temp: 0, data: '', joined: '', cut: false, ...parts };
}
