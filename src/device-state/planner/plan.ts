import type { CurrentState } from '../../domain/current.ts';
import type { Plan, PlanContext } from '../../domain/plan.ts';
import type { TargetState } from '../../domain/target.ts';
import { proposeDevice } from './propose-device.ts';
import { findConfigChanges } from './reboot-guard.ts';
import { schedule } from './schedule.ts';

/** The steps that may start now, and those that wait, with reasons. Pure, synchronous, deterministic. */
export function plan(current: CurrentState, target: TargetState, context: PlanContext): Plan {
	const config = findConfigChanges(target, current, context);
	return schedule(proposeDevice(current, target, { ...context, config }), context);
}
