import omit from 'lodash/omit.js';
import { isSettled, type Instant, type Plan, type PlanHistory } from '../domain/plan.ts';
import type { Step } from '../domain/step.ts';

export const initialHistory: PlanHistory = { hasSettled: false };

/** The history after one more pass. With only postponed steps it is settled, but the hour of the VPN continues. */
export function afterPlan(history: PlanHistory, plan: Plan): PlanHistory {
	if (!isSettled(plan)) {
		return history;
	}
	const settled = { ...history, hasSettled: true };
	return plan.waiting.length === 0 ? omit(settled, 'vpnChangedAt') : settled;
}

/** The history after a step has ended or failed: an attempt counts. */
export function afterStep(history: PlanHistory, step: Step, now: Instant): PlanHistory {
	return step.kind === 'setVpn' ? { ...history, vpnChangedAt: now } : history;
}

/** `isRight`: nothing differs that takes a reboot. */
export function afterComparison(history: PlanHistory, isRight: boolean, now: Instant): PlanHistory {
	return isRight ? { ...history, rightSince: history.rightSince ?? now } : omit(history, 'rightSince');
}
