import type { DeviceStatus } from '../../../domain/status.ts';
import { statusWordOf } from '../../../domain/status-words.ts';
import type { Access } from '../../access.ts';
import { WallTimes, type Clocks } from '../../wall-times.ts';

/** What a stream of events shows of a status: each line is sent when it has changed. */
export type StatusSheet = ReadonlyMap<string, SheetLine>;

interface SheetLine {
	readonly event: 'status' | 'explain' | 'progress';
	readonly data: object;
	/** Sent when the line is gone. */
	readonly gone?: object;
}

/** Makes the lines for one caller. */
export type ReadSheet = (status: DeviceStatus, access: Access) => StatusSheet;

/** The events between two sheets, in the order of the second. */
export function compareSheets(before: StatusSheet, after: StatusSheet): readonly Omit<SheetLine, 'gone'>[] {
	const changed = [...after].filter(
		([key, { data }]) => JSON.stringify(before.get(key)?.data) !== JSON.stringify(data),
	);
	const ended = [...before].flatMap(([key, { event, gone }]) =>
		gone === undefined || after.has(key) ? [] : [{ event, data: gone }],
	);
	return [...changed.map(([, { event, data }]) => ({ event, data })), ...ended];
}

/** The state of each app, the reasons of what is not on target, and the progress of downloads. */
export function sheetReader(options: Clocks & { readonly redact: (text: string) => string }): ReadSheet {
	const times = new WallTimes(options);
	return (status, access) =>
		new Map([
			['status', { event: 'status', data: viewStatus(status, access) }] as const,
			...explainLines(status, access, { times, redact: options.redact }),
			...progressLines(status, access),
		]);
}

function viewStatus(status: DeviceStatus, access: Access): object {
	const { current, target, running, applying, unseen } = status;
	const apps = (current?.apps ?? []).filter(({ appId }) => access.covers(appId));
	const state = unseen !== undefined ? 'unknown' : applying ? 'applying changes' : 'done';
	return {
		status: state,
		apps: Object.fromEntries(
			apps.map(({ appId, appUuid, commit, containers }) => {
				const wanted = target?.apps.find((app) => app.appId === appId);
				const release = wanted?.state === 'ready' ? wanted.spec.commit : wanted?.app.release?.commit;
				const services = containers.map((container) => [container.serviceName, statusWordOf(container, running)]);
				return [
					appUuid ?? String(appId),
					{
						release: commit ?? null,
						wanted_release: release ?? null,
						services: Object.fromEntries(services) as object,
					},
				];
			}),
		),
	};
}

type Line = readonly [string, SheetLine];

function explainLines(
	{ reasons, ...status }: DeviceStatus,
	access: Access,
	{ times, redact }: { readonly times: WallTimes; readonly redact: (text: string) => string },
): readonly Line[] {
	return reasons
		.filter(({ appId }) => (appId === undefined ? access.coversDevice() : access.covers(appId)))
		.map(({ appId, serviceName, kind, sentence, since, nextTry }): Line => {
			const subject = {
				...(appId === undefined ? {} : { app: uuidOf(appId, status), app_id: appId }),
				...(serviceName === undefined ? {} : { service: serviceName }),
			};
			const data = {
				...subject,
				...{ kind, sentence: redact(sentence), since: times.at(since) },
				...(nextTry === undefined ? {} : { next_try: times.at(nextTry) }),
			};
			const key = `explain ${appId ?? ''}/${serviceName ?? ''}`;
			return [key, { event: 'explain', data, gone: { ...subject, sentence: null } }];
		});
}

function uuidOf(appId: number, { current, target }: Pick<DeviceStatus, 'current' | 'target'>): string | undefined {
	const wanted = target?.apps.find((app) => app.appId === appId);
	const uuid = wanted?.state === 'ready' ? wanted.spec.appUuid : wanted?.app.appUuid;
	return uuid ?? current?.apps.find((app) => app.appId === appId)?.appUuid;
}

/** Downloads, for the services that need them. */
function progressLines({ running, target }: DeviceStatus, access: Access): readonly Line[] {
	return running.flatMap(({ id, step, percent }): readonly Line[] => {
		if (step.kind !== 'pullImage' || percent === undefined) {
			return [];
		}
		const services = (target?.apps ?? []).flatMap((app) =>
			app.state === 'ready' && access.covers(app.appId)
				? app.spec.services
						.filter(({ reference }) => reference === step.reference)
						.map(({ identity }) => ({ app: app.spec.appUuid, service: identity.serviceName }))
				: [],
		);
		return services.length === 0 && !access.coversDevice()
			? []
			: [[`progress ${id}`, { event: 'progress', data: { image: step.reference, services, percent } }]];
	});
}
