import { compareTimes, hasNeverRun, isLeaving, isUp, type ContainerView } from '../../domain/service.ts';

/** The roles of the containers of one service. */
export interface Choice {
	/** The container that serves, or would serve. */
	readonly current: ContainerView | undefined;
	/** Created to replace the current one, and not started yet (decision D22). */
	readonly successor: ContainerView | undefined;
	/** All others: they are removed. */
	readonly others: readonly ContainerView[];
}

export function groupByService(containers: readonly ContainerView[]): ReadonlyMap<string, readonly ContainerView[]> {
	const groups = new Map<string, ContainerView[]>();
	for (const container of containers) {
		const group = groups.get(container.serviceName);
		if (group === undefined) {
			groups.set(container.serviceName, [container]);
		} else {
			group.push(container);
		}
	}
	return groups;
}

/**
 * The newest counts (spec: planner I15). One that was only created, while an older one has run, waits to replace it; if
 * it no longer equals the target, it is removed.
 */
export function chooseContainers(
	containers: readonly ContainerView[],
	isWanted: (container: ContainerView) => boolean,
): Choice {
	const [newest, ...older] = containers.toSorted((a, b) => (isNewer(a, b) ? -1 : 1));
	if (newest === undefined) {
		return { current: undefined, successor: undefined, others: [] };
	}
	const serving = older.find((container) => !hasNeverRun(container) && !isLeaving(container));
	if (!hasNeverRun(newest) || serving === undefined) {
		return { current: newest, successor: undefined, others: older };
	}
	const successor = isWanted(newest) ? newest : undefined;
	const others = [newest, ...older].filter((container) => container !== serving && container !== successor);
	return { current: serving, successor, others };
}

/**
 * The containers of each service, as reports and API show them: all that run (two during a hand-over), or else the
 * newest. A container that waits to replace another one is not shown.
 */
export function shownContainers(containers: readonly ContainerView[]): readonly ContainerView[] {
	return [...groupByService(containers).values()].flatMap((group) => {
		const running = group.filter(isUp);
		return running.length > 0 ? running : group.toSorted((a, b) => (isNewer(a, b) ? -1 : 1)).slice(0, 1);
	});
}

/** A container that is being removed never counts as newest; otherwise the date decides, and the id where dates are equal. */
function isNewer(a: ContainerView, b: ContainerView): boolean {
	if (isLeaving(a) !== isLeaving(b)) {
		return isLeaving(b);
	}
	const order = compareTimes(a.createdAt, b.createdAt);
	return order === 0 ? a.containerId > b.containerId : order > 0;
}
