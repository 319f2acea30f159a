import type { CurrentState } from '../../domain/current.ts';
import type { HistoryEvent } from '../../domain/history.ts';
import type { Reason } from '../../domain/reason.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import { nameOfApp } from './app-names.ts';
import { compareContainers } from './compare-containers.ts';
import { compareTargets } from './compare-targets.ts';

/**
 * What happened between two published statuses. Nothing is known of the time before the first observation, so that is
 * where the comparison begins.
 */
export function compareStatus(
	before: DeviceStatus | undefined,
	after: DeviceStatus,
	{ origin }: { readonly origin: string },
): readonly HistoryEvent[] {
	const events = compareSight(before, after);
	if (before?.current === undefined || after.current === undefined) {
		return events;
	}
	const isSame = before.current === after.current && before.target === after.target;
	return [
		...events,
		...(isSame ? [] : compareTargets({ before, after, origin })),
		...(before.current === after.current ? [] : compareCurrent(before.current, after.current, after)),
		...(before.reasons === after.reasons ? [] : compareUserLocks(before.reasons, after)),
	];
}

/** Whether the engine shows what is on the device. */
function compareSight(before: DeviceStatus | undefined, after: DeviceStatus): readonly HistoryEvent[] {
	if (before?.unseen === undefined && after.unseen !== undefined) {
		return [{ kind: 'engine', event: 'lost', sentence: `the device cannot be observed: ${after.unseen.message}` }];
	}
	if (before?.unseen !== undefined && after.unseen === undefined) {
		const seconds = Math.max(0, Math.round((after.at - before.unseen.since) / 1000));
		return [{ kind: 'engine', event: 'back', sentence: 'the device can be observed again', details: { seconds } }];
	}
	return [];
}

function compareCurrent(before: CurrentState, after: CurrentState, status: DeviceStatus): readonly HistoryEvent[] {
	return [...compareContainers(before, after), ...compareLocks(before, after, status), ...compareHost(before, after)];
}

/** Our own locks: an app is being changed. */
function compareLocks(before: CurrentState, after: CurrentState, status: DeviceStatus): readonly HistoryEvent[] {
	const held = ({ locks }: CurrentState) => [...locks].filter(([, services]) => services.size > 0).map(([id]) => id);
	const [old, now] = [held(before), held(after)];
	const event = (appId: number, word: string): HistoryEvent => ({
		...{ kind: 'lock', event: word, appId },
		sentence: `the supervisor has ${word} the update locks of ${nameOfApp(appId, status)}`,
	});
	return [
		...now.filter((appId) => !old.includes(appId)).map((appId) => event(appId, 'taken')),
		...old.filter((appId) => !now.includes(appId)).map((appId) => event(appId, 'released')),
	];
}

function compareHost({ host: before }: CurrentState, { host: after }: CurrentState): readonly HistoryEvent[] {
	const events: HistoryEvent[] = [];
	if (after.reboot === 'required' && before.reboot !== 'required') {
		events.push({ kind: 'reboot', event: 'required', sentence: 'a change of the configuration needs a reboot' });
	}
	if (after.shuttingDown && !before.shuttingDown) {
		events.push({ kind: 'reboot', event: 'begun', sentence: 'the system was asked to reboot or to shut down' });
	}
	return events;
}

/** Locks of users that stand in the way of a change. */
function compareUserLocks(before: readonly Reason[], after: DeviceStatus): readonly HistoryEvent[] {
	const locksIn = (reasons: readonly Reason[]) =>
		new Map(reasons.filter(({ kind }) => kind === 'locked-by-user').map((reason) => [keyOf(reason), reason] as const));
	const [old, now] = [locksIn(before), locksIn(after.reasons)];
	const begun = [...now].filter(([key]) => !old.has(key)).map(([, reason]) => reason);
	const ended = [...old].filter(([key]) => !now.has(key)).map(([, reason]) => reason);
	return [
		...begun.map(({ appId, serviceName, sentence }): HistoryEvent => ({
			...{ kind: 'lock', event: 'in the way', appId, serviceName, sentence },
		})),
		...ended.map(({ appId, serviceName }): HistoryEvent => ({
			...{ kind: 'lock', event: 'no longer in the way', appId, serviceName },
			sentence: `${serviceName ?? (appId === undefined ? 'the device' : nameOfApp(appId, after))} no longer waits for a lock`,
		})),
	];
}

function keyOf({ appId, serviceName }: Reason): string {
	return `${appId ?? ''}/${serviceName ?? ''}`;
}
