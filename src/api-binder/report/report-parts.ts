import omit from 'lodash/omit.js';
import omitBy from 'lodash/omitBy.js';
import { isMetric, type AppReport, type DeviceReport, type ReleaseReport } from '../../device-state/report/index.ts';
import type { ProblemName } from '../protocol/cloud-problem.ts';

/** What can be left out of a report while the rest is sent. */
export type ReportPart =
	| { readonly kind: 'metric'; readonly name: string }
	| { readonly kind: 'apps' }
	| { readonly kind: 'release'; readonly appUuid: string; readonly commit: string }
	| { readonly kind: 'service'; readonly appUuid: string; readonly commit: string; readonly service: string };

export type Fields = Readonly<Record<string, unknown>>;
type Apps = NonNullable<DeviceReport['apps']>;

/** One way to explain a refusal: without all of these it would not be refused. */
export interface Suspicion {
	readonly all: readonly ReportPart[];
	/** The same, or what it consists of, piece by piece. */
	readonly each: readonly ReportPart[];
}

/**
 * What may be why a cloud refuses what was sent. It never says: a 401 may mean a bad key as well as one release that it
 * does not know, a 400 any value of a wrong form (spec: cloud-observed, "State report").
 */
export function suspectsOf(problem: ProblemName, report: DeviceReport, sent: Fields): readonly Suspicion[] {
	const metrics = Object.keys(sent)
		.filter(isMetric)
		.map((name): ReportPart => ({ kind: 'metric', name }));
	const aboutMetrics = metrics.length === 0 ? [] : [{ all: metrics, each: metrics }];
	const aboutApps = 'apps' in sent ? [{ all: [{ kind: 'apps' } as const], each: partsOfApps(report.apps ?? {}) }] : [];
	switch (problem) {
		case 'rejected':
			return [...aboutMetrics, ...aboutApps];
		case 'unauthorized':
		case 'too-large':
			return aboutApps;
		default:
			return []; // it will be the same with every report
	}
}

/** What a refused piece consists of: one of these may be why. */
export function partsWithin(part: ReportPart, report: DeviceReport): readonly ReportPart[] {
	if (part.kind !== 'release') {
		return [];
	}
	const { appUuid, commit } = part;
	const services = Object.keys(report.apps?.[appUuid]?.releases[commit]?.services ?? {});
	// With a single one it is unknown whether the image or the release is the cause.
	return services.length < 2 ? [] : services.map((service) => ({ kind: 'service', appUuid, commit, service }));
}

/** The report with what the cloud last took in the place of these parts, or nothing. */
export function leaveOut(report: DeviceReport, parts: readonly ReportPart[], accepted: Fields): DeviceReport {
	return parts.reduce((rest, part) => leaveOutOne(rest, part, accepted), report);
}

function leaveOutOne(report: DeviceReport, part: ReportPart, accepted: Fields): DeviceReport {
	const { apps } = report;
	switch (part.kind) {
		case 'metric':
			return putBack(report, part.name, accepted);
		case 'apps':
			return putBack(report, 'apps', accepted);
		case 'release':
			return apps === undefined ? report : { ...report, apps: changeApp(apps, part, () => undefined) };
		case 'service': {
			const without = (release: ReleaseReport) => ({ ...release, services: omit(release.services, part.service) });
			return apps === undefined ? report : { ...report, apps: changeApp(apps, part, without) };
		}
	}
}

function putBack(report: DeviceReport, name: string, accepted: Fields): DeviceReport {
	const before = accepted[name];
	// A value that was in a report before, and is only compared with itself.
	return { ...omit(report, name), ...(before === undefined ? {} : { [name]: before }) } as DeviceReport;
}

function changeApp(
	apps: Apps,
	{ appUuid, commit }: { readonly appUuid: string; readonly commit: string },
	change: (release: ReleaseReport) => ReleaseReport | undefined,
): Apps {
	const app = apps[appUuid];
	const release = app?.releases[commit];
	if (app === undefined || release === undefined) {
		return apps;
	}
	const changed = change(release);
	const releases = changed === undefined ? omit(app.releases, commit) : { ...app.releases, [commit]: changed };
	const isNamed = app.release_uuid === commit && changed === undefined;
	const rest: AppReport = { ...(isNamed ? omit(app, 'release_uuid') : app), releases };
	return Object.keys(releases).length === 0 ? omit(apps, appUuid) : { ...apps, [appUuid]: rest };
}

function partsOfApps(apps: Apps): readonly ReportPart[] {
	return Object.entries(apps).flatMap(([appUuid, { releases }]) =>
		Object.keys(releases).map((commit): ReportPart => ({ kind: 'release', appUuid, commit })),
	);
}

/** For people, and as a name to remember it by. */
export function describePart(part: ReportPart): string {
	switch (part.kind) {
		case 'metric':
			return part.name;
		case 'apps':
			return 'apps';
		case 'release':
			return `apps/${part.appUuid}/${part.commit}`;
		case 'service':
			return `apps/${part.appUuid}/${part.commit}/${part.service}`;
	}
}

/** What of the part a cloud may not know or like. Status words and progress are never why. */
export function fingerprintOf(part: ReportPart, report: DeviceReport): string {
	switch (part.kind) {
		case 'metric':
			return JSON.stringify((report as unknown as Fields)[part.name] ?? null); // by the names of its members
		case 'apps':
			return JSON.stringify(Object.entries(report.apps ?? {}).map(([uuid, app]) => [uuid, mentionsOf(app)]));
		case 'release':
		case 'service': {
			const app = report.apps?.[part.appUuid];
			const releases = omitBy(app?.releases ?? {}, (_release, commit) => commit !== part.commit);
			return JSON.stringify(mentionsOf({ releases }));
		}
	}
}

function mentionsOf({ release_uuid: reached, releases }: AppReport): readonly unknown[] {
	const images = Object.entries(releases).map(([commit, { services }]) => [
		commit,
		Object.values(services ?? {})
			.map(({ image }) => image)
			.sort(),
	]);
	return [reached ?? null, images];
}
