import type { CurrentState } from '../../domain/current.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Finding, Subject } from '../../domain/finding.ts';
import type { ContainerView } from '../../domain/service.ts';
import type { TargetState } from '../../domain/target.ts';

/** Exit codes of a container that was stopped from outside. */
const ENDED_FROM_OUTSIDE: readonly number[] = [0, 137, 143];

interface NotWell {
	readonly subject: Subject;
	readonly name: string;
	readonly finding: Finding;
}

/** Services that are as the target wants them, and still do not do their work: no step would help. */
export function findNotWell(input: {
	readonly current: CurrentState | undefined;
	readonly target: TargetState | undefined;
	readonly plan: Plan | undefined;
}): readonly NotWell[] {
	const steps = [...(input.plan?.start ?? []), ...(input.plan?.waiting ?? []).map(({ step }) => step)];
	const changing = new Set(
		steps.flatMap(({ step }) => ('serviceName' in step ? [`${step.appId}/${step.serviceName}`] : [])),
	);
	const wanted = new Set(
		(input.target?.apps ?? []).flatMap((app) =>
			app.state === 'ready'
				? app.spec.services.filter(({ running }) => running).map((s) => `${app.appId}/${s.identity.serviceName}`)
				: [],
		),
	);
	return (input.current?.apps ?? [])
		.flatMap((app) => app.containers)
		.filter(({ appId, serviceName }) => wanted.has(`${appId}/${serviceName}`))
		.flatMap((container) => {
			const { appId, serviceName } = container;
			const finding = judge(container, changing.has(`${appId}/${serviceName}`));
			return finding === undefined ? [] : [{ subject: { appId, serviceName }, name: serviceName, finding }];
		});
}

function judge(
	{ containerId, runState, exitCode, stateError, health }: ContainerView,
	isChanging: boolean,
): Finding | undefined {
	if (runState === 'restarting') {
		return { kind: 'restarting', containerId, exitCode, error: stateError };
	}
	if (runState === 'running' && health === 'unhealthy') {
		return { kind: 'unhealthy' };
	}
	const hasFailed = stateError !== '' || !ENDED_FROM_OUTSIDE.includes(exitCode);
	return runState === 'exited' && hasFailed && !isChanging ? { kind: 'ended', exitCode, error: stateError } : undefined;
}
