import type { WaitReason, WaitingStep } from '../../domain/plan.ts';
import { isLeaving, isUp } from '../../domain/service.ts';
import { changeApp, changeContainer, withCurrent, type Predicted } from './predicted.ts';

/**
 * What ends by itself while nothing can be done: removals, pauses after a crash, a container that is still starting.
 * `undefined`: nothing of that kind is waited for.
 */
export function passTime(state: Predicted, waiting: readonly WaitingStep[]): Predicted | undefined {
	const after = waiting.reduce(
		(earlier, { step, because }) => endWait(earlier, because, 'appId' in step.step ? step.step.appId : undefined),
		state,
	);
	return after === state ? undefined : after;
}

function endWait(state: Predicted, reason: WaitReason, appId: number | undefined): Predicted {
	const { current } = state;
	switch (reason.kind) {
		case 'container':
			return withoutLeaving(state, reason.containerId);
		case 'engine': {
			const { unsteadyUntil, ...steady } = current;
			return unsteadyUntil === undefined ? state : { ...state, current: steady };
		}
		case 'crash-loop':
			return current.crashes.size === 0 ? state : withCurrent(state, { crashes: new Map() });
		case 'dependency':
			return endDependency(state, reason, appId);
		default:
			return state;
	}
}

function withoutLeaving(state: Predicted, containerId: string): Predicted {
	const app = state.current.apps.find(({ containers }) =>
		containers.some((container) => container.containerId === containerId && isLeaving(container)),
	);
	return app === undefined
		? state
		: changeApp(state, app.appId, (each) => ({
				...each,
				containers: each.containers.filter((container) => container.containerId !== containerId),
			}));
}

function endDependency(
	state: Predicted,
	{ service, condition }: Extract<WaitReason, { kind: 'dependency' }>,
	appId: number | undefined,
): Predicted {
	const containers = state.current.apps.find((app) => app.appId === appId)?.containers ?? [];
	return containers
		.filter((container) => container.serviceName === service && isUp(container))
		.reduce((earlier, container) => {
			if (condition === 'service_healthy' && container.health === 'starting') {
				return changeContainer(earlier, container, { health: 'healthy' });
			}
			const { completed } = earlier.current;
			if (condition === 'service_completed_successfully' && !completed.has(container.containerId)) {
				const ended = changeContainer(earlier, container, { runState: 'exited', exitCode: 0 });
				return withCurrent(ended, { completed: new Set([...completed, container.containerId]) });
			}
			return earlier;
		}, state);
}
