import { explainWait, type Plan, type ProposedStep } from '../../domain/plan.ts';
import { subjectOf } from '../../domain/step.ts';

/** A plan as text: one line a step, for golden files, dry runs and the replay tool. */
export function explainPlan(plan: Plan): string {
	const lines = [
		...plan.start.map((step) => `start: ${describe(step)}`),
		...plan.waiting.map(({ step, because }) => `wait: ${describe(step)} — ${explainWait(because)}`),
	];
	return lines.length === 0 ? 'settled' : lines.join('\n');
}

function describe(step: ProposedStep): string {
	return `${step.step.kind} ${subjectOf(step.step)} (${step.reason})`;
}
