import type { CurrentState } from '../../domain/current.ts';
import { describeEnd, findCause } from '../../domain/failure-cause.ts';
import type { HistoryEvent } from '../../domain/history.ts';
import type { ContainerView } from '../../domain/service.ts';

/** Services that have started, ended or changed their health. */
export function compareContainers(before: CurrentState, after: CurrentState): readonly HistoryEvent[] {
	const known = byId(before);
	return [...byId(after).values()].flatMap((container) => {
		const old = known.get(container.containerId);
		return old === container ? [] : compareContainer(old, container);
	});
}

function compareContainer(before: ContainerView | undefined, after: ContainerView): readonly HistoryEvent[] {
	const events: HistoryEvent[] = [];
	const hasEnded = before !== undefined && after.finishedAt !== undefined && after.finishedAt !== before.finishedAt;
	if (hasEnded) {
		events.push(describeEnded(after));
	}
	if (after.startedAt !== undefined && after.startedAt !== before?.startedAt && after.runState !== 'created') {
		events.push(about(after, 'started', `${after.serviceName} has started`));
	}
	if (after.health !== before?.health) {
		if (after.health === 'healthy') {
			events.push(about(after, 'healthy', `${after.serviceName} is healthy`));
		} else if (after.health === 'unhealthy') {
			events.push(about(after, 'unhealthy', `the health check of ${after.serviceName} fails`));
		}
	}
	return events;
}

function describeEnded(container: ContainerView): HistoryEvent {
	const { serviceName, exitCode, stateError } = container;
	const how = findCause(stateError)?.sentence ?? describeEnd(exitCode);
	return {
		...about(container, 'ended', `${serviceName} has ended (${how})`),
		details: { container: container.containerId.slice(0, 12), exit_code: exitCode },
	};
}

function about(
	{ appId, appUuid, serviceName, containerId }: ContainerView,
	event: string,
	sentence: string,
): HistoryEvent {
	const details = { container: containerId.slice(0, 12) };
	return { kind: 'service', event, appId, appUuid, serviceName, sentence, details };
}

function byId({ apps }: CurrentState): ReadonlyMap<string, ContainerView> {
	return new Map(apps.flatMap((app) => app.containers).map((container) => [container.containerId, container]));
}

/** Exit codes of a container that was stopped, or that has done its work. */
const EXPECTED: readonly unknown[] = [0, 143];

/** The container whose last lines say why it has ended by itself; `undefined`: its lines are not read. */
export function endedByItself({ kind, event, details }: HistoryEvent, { apps }: CurrentState): string | undefined {
	if (kind !== 'service' || event !== 'ended' || EXPECTED.includes(details?.['exit_code'])) {
		return undefined;
	}
	const short = String(details?.['container']);
	return apps.flatMap((app) => app.containers).find(({ containerId }) => containerId.startsWith(short))?.containerId;
}
