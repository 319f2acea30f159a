import { waitUntil } from './device.ts';
import type { ContainerEvent, EngineCalls } from './engine-calls.ts';

export interface GapOf {
	readonly engine: EngineCalls;
	/** Whether an event is about this service, by the labels and the name of its container. */
	readonly isService: (attributes: Readonly<Record<string, string>>) => boolean;
}

/**
 * The downtime of a service while its container is replaced: from the end of the old one to the start of the new one, by
 * the time stamps of the engine.
 */
export async function measureGap({ engine, isService }: GapOf, replace: () => Promise<void>): Promise<number> {
	let died: ContainerEvent | undefined;
	let started: ContainerEvent | undefined;
	const follower = await engine.followContainers(['die', 'start'], (event) => {
		if (!isService(event.Actor.Attributes)) return;
		if (event.Action === 'die') died ??= event;
		else started ??= event;
	});
	try {
		await replace();
		await waitUntil('the service was replaced', () => Promise.resolve(died !== undefined && started !== undefined));
	} finally {
		follower.close();
	}
	if (died === undefined || started === undefined || died.Actor.ID === started.Actor.ID) {
		throw new Error('the container was restarted, not replaced');
	}
	return (started.timeNano - died.timeNano) / 1e6;
}
