import { isSettled, type Instant, type Plan, type PlanHistory } from '../domain/plan.ts';
import type { Step } from '../domain/step.ts';

export const initialHistory: PlanHistory = { hasSettled: false };

/** The history after one more pass. With only postponed steps it is settled, but the hour of the VPN continues. */
export function afterPlan(history: PlanHistory, plan: Plan): PlanHistory {
	if (!isSettled(plan)) {
		return history;
	}
	return plan.waiting.length === 0 ? { hasSettled: true } : { ...history, hasSettled: true };
}

/** The history after a step has ended or failed: an attempt counts. */
export function afterStep(history: PlanHistory, step: Step, now: Instant): PlanHistory {
	return step.kind === 'setVpn' ? { ...history, vpnChangedAt: now } : history;
}
