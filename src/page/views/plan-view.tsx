import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Plan, PlannedStep } from '../answers.ts';
import { type Client, RefusedError } from '../client.ts';
import { labelOf } from '../format.ts';
import { summarizePlan } from '../summarize-plan.ts';

/** What would happen on the way to the present target. Nothing is done. */
export function PlanView({ client }: { readonly client: Client }) {
	const { plan, problem, read } = usePlan(client);
	return (
		<>
			<section class="card" aria-live="polite">
				<p>
					What the device still has to do for its present target, if nothing else changes. Nothing is done by looking.
				</p>
				{problem === undefined ? undefined : <p class="bad">{problem}</p>}
				{plan === undefined ? undefined : <Summary plan={plan} />}
				<button type="button" onClick={read}>
					Plan again
				</button>
			</section>
			{plan === undefined || plan.steps.length === 0 ? undefined : (
				<section class="card">
					<h2>Steps</h2>
					<ol class="steps">
						{plan.steps.map((step) => (
							<Step key={step.order} step={step} />
						))}
					</ol>
				</section>
			)}
		</>
	);
}

function Summary({ plan }: { readonly plan: Plan }) {
	return (
		<ul>
			{summarizePlan(plan).map((line) => (
				<li key={line}>{line}</li>
			))}
		</ul>
	);
}

function Step({ step: { kind, subject, reason, differences = [], disruptive } }: { readonly step: PlannedStep }) {
	return (
		<li>
			<b>{labelOf(kind)}</b>: {subject}. <small>{reason}</small>{' '}
			{disruptive ? <span class="mark bad">Stops something</span> : undefined}
			{differences.map(({ field, is, should }) => (
				<div key={field}>
					<code>{field}</code>: <code>{is}</code> becomes <code>{should}</code>
				</div>
			))}
		</li>
	);
}

function usePlan(client: Client) {
	const [plan, setPlan] = useState<Plan | undefined>();
	const [problem, setProblem] = useState<string | undefined>();
	const read = useCallback(() => {
		client
			.post<Plan>('/v3/plan', {})
			.then((answer) => {
				setPlan(answer);
				setProblem(undefined);
			})
			.catch((error: unknown) => {
				setProblem(error instanceof RefusedError ? error.message : 'The device does not answer.');
			});
	}, [client]);
	useEffect(read, [read]);
	return { plan, problem, read };
}
