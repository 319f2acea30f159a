import isEqual from 'lodash/isEqual.js';
import type { HistoryEvent } from '../../domain/history.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { AppSpec, ComposedApp, TargetState } from '../../domain/target.ts';
import { nameOfApp, shortCommit } from './app-names.ts';

interface Statuses {
	readonly before: DeviceStatus;
	readonly after: DeviceStatus;
	/** Who sets the target: `the cloud`. */
	readonly origin: string;
}

/** What another target changes, and the releases that begin, end, are refused or return (spec: v3-api 6.1). */
export function compareTargets(statuses: Statuses): readonly HistoryEvent[] {
	const { before, after } = statuses;
	const appIds = new Set([before.target, after.target].flatMap((target) => (target?.apps ?? []).map((a) => a.appId)));
	const isOther = before.target !== after.target;
	return [
		...(isOther ? compareVariables(statuses) : []),
		...[...appIds].flatMap((appId) => [
			...(isOther ? compareApp(appId, statuses) : []),
			...compareReleases(appId, statuses),
		]),
	];
}

/** Names only: values may be secret. */
function compareVariables({ before, after, origin }: Statuses): readonly HistoryEvent[] {
	if (before.target === undefined || after.target === undefined) {
		return [];
	}
	const [old, now] = [before.target.variables, after.target.variables];
	const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((name) => old[name] !== now[name]);
	if (names.length === 0) {
		return [];
	}
	const sentence = `${origin} changes the configuration of the device: ${names.join(', ')}`;
	return [{ kind: 'target', event: 'changed', sentence, details: { from: origin, variables: names } }];
}

function compareApp(appId: number, { before, after, origin }: Statuses): readonly HistoryEvent[] {
	const [old, now] = [findApp(appId, before.target), findApp(appId, after.target)];
	const shared = { kind: 'target', appId } as const;
	if (now === undefined) {
		const sentence = `${origin} no longer wants ${nameOfApp(appId, before)} on this device`;
		return [{ ...shared, event: 'removed', sentence, details: { from: origin } }];
	}
	const name = nameOfApp(appId, after);
	const [release, earlier] = [commitOf(now), old === undefined ? undefined : commitOf(old)];
	const details = { from: origin, release, earlier };
	if (old === undefined) {
		const what = release === undefined ? 'without a release' : `release ${shortCommit(release)}`;
		return [{ ...shared, event: 'added', sentence: `${origin} wants ${name} on this device, ${what}`, details }];
	}
	if (release !== earlier) {
		const what = release === undefined ? 'no release' : `release ${shortCommit(release)}`;
		const was = earlier === undefined ? '' : ` instead of ${shortCommit(earlier)}`;
		return [{ ...shared, event: 'changed', sentence: `${origin} wants ${what} of ${name}${was}`, details }];
	}
	const services = old.state === 'ready' && now.state === 'ready' ? changedServices(old.spec, now.spec) : [];
	if (services.length === 0) {
		return [];
	}
	const sentence = `what is wanted of ${name} has changed: ${services.join(', ')}`;
	return [{ ...shared, event: 'changed', sentence, details: { ...details, services } }];
}

function changedServices(old: AppSpec, now: AppSpec): readonly string[] {
	if (old === now) {
		return [];
	}
	const of = (spec: AppSpec) => new Map(spec.services.map((service) => [service.identity.serviceName, service]));
	const [before, after] = [of(old), of(now)];
	return [...new Set([...before.keys(), ...after.keys()])].filter((name) =>
		isOtherService(before.get(name), after.get(name)),
	);
}

/** An image that has come to the device changes what is composed, and not what is wanted. */
function isOtherService(old: ServiceSpec | undefined, now: ServiceSpec | undefined): boolean {
	if (old === undefined || now === undefined) {
		return old !== now;
	}
	const isOtherImage = old.engineImageId !== now.engineImageId && old.reference === now.reference;
	return !isOtherImage && !isEqual(old, now);
}

function compareReleases(appId: number, { before, after }: Statuses): readonly HistoryEvent[] {
	const [old, now] = [findApp(appId, before.target), findApp(appId, after.target)];
	const name = nameOfApp(appId, after);
	const [wasApplied, isApplied] = [appliedCommit(appId, before), appliedCommit(appId, after)];
	const event = (word: string, commit: string, sentence: string): HistoryEvent => ({
		...{ kind: 'release', event: word, appId, sentence },
		details: { release: commit },
	});
	const events: HistoryEvent[] = [];
	if (now?.state === 'rejected' && old?.state !== 'rejected') {
		const [issue] = now.issues;
		const because = issue === undefined ? '' : `: ${issue.message} (${issue.path})`;
		events.push(event('rejected', commitOf(now) ?? '', `the release of ${name} is refused${because}`));
	}
	const [wasWanted, isWanted] = [old && commitOf(old), now && commitOf(now)];
	if (now?.state === 'ready' && isWanted !== undefined && isWanted !== wasWanted) {
		const short = shortCommit(isWanted);
		if (isWanted !== isApplied) {
			events.push(event('begun', isWanted, `the update of ${name} to release ${short} begins`));
		} else if (wasWanted !== undefined) {
			events.push(event('returned', isWanted, `${name} returns to release ${short}`));
		}
	}
	if (isApplied !== undefined && isApplied !== wasApplied && before.current !== undefined) {
		events.push(event('done', isApplied, `${name} is at release ${shortCommit(isApplied)}`));
	}
	return events;
}

function findApp(appId: number, target: TargetState | undefined): ComposedApp | undefined {
	return target?.apps.find((app) => app.appId === appId);
}

function commitOf(app: ComposedApp): string | undefined {
	return app.state === 'ready' ? app.spec.commit : app.app.release?.commit;
}

function appliedCommit(appId: number, { current }: DeviceStatus): string | undefined {
	return current?.apps.find((app) => app.appId === appId)?.commit;
}
