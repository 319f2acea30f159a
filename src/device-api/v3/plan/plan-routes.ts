import type { DryRunResult, Hypothesis } from '../../../device-state/index.ts';
import { linkSignal } from '../../../lib/link-signal.ts';
import { accessFor } from '../../middleware.ts';
import { ProblemError } from '../../problem.ts';
import type { Route } from '../../route.ts';
import { readHypothesis } from './read-hypothesis.ts';
import { viewPlan } from './view-plan.ts';

export interface PlanOptions {
	/** Rejects while the device was not observed yet. */
	readonly dryRun: (hypothesis: Hypothesis, signal: AbortSignal) => Promise<DryRunResult>;
}

/** What would happen, without doing it (spec: v3-api 4). */
export function planRoutes({ plan }: { readonly plan: PlanOptions }): readonly Route[] {
	return [
		{
			method: 'post',
			path: '/v3/plan',
			access: 'filtered',
			handle: async (request, response) => {
				const hypothesis = readHypothesis(request.body);
				const access = accessFor(response);
				if (hypothesis.kind !== 'present' && !access.coversDevice()) {
					throw new ProblemError({ status: 403, detail: 'Only the key of the device may ask for another target' });
				}
				const link = linkSignal();
				const gone = () => {
					link.abort();
				};
				response.once('close', gone);
				try {
					response.json(viewPlan(await plan.dryRun(hypothesis, link.signal), access));
				} finally {
					response.off('close', gone);
				}
			},
		},
	];
}
