import type { Reason } from '../../domain/reason.ts';
import type { Access } from '../access.ts';
import { gravest, isShownToAll, isWell, type Explained, type ExplainedApp } from './explained.ts';
import { explainServices, shortRelease, type AppPair } from './explain-service.ts';
import type { Explainer } from './explainer.ts';
import type { Refusal } from './view-because.ts';

/** The apps that the target names or that are here, without those that stand for the host OS and the supervisor. */
export function explainApps(explainer: Explainer): readonly ExplainedApp[] {
	return pairApps(explainer).map((app) => explainApp(app, explainer));
}

function pairApps({ input: { status } }: Explainer): readonly AppPair[] {
	const { current, target } = status ?? {};
	const composed = new Map((target?.apps ?? []).map((app) => [app.appId, app]));
	const present = new Map(
		(current?.apps ?? []).filter(({ containers }) => containers.length > 0).map((app) => [app.appId, app]),
	);
	const observed = new Map((current?.apps ?? []).map((app) => [app.appId, app]));
	const { hostOs, supervisor } = target ?? {};
	const hostUuid = hostOs?.state === 'ready' ? hostOs.release.appUuid : hostOs?.appUuid;
	return [...new Set([...composed.keys(), ...present.keys()])]
		.map((appId) => {
			const wanted = composed.get(appId);
			const app = observed.get(appId);
			const { appUuid = app?.appUuid ?? String(appId), appName = `app ${appId}` } =
				(wanted?.state === 'ready' ? wanted.spec : wanted?.app) ?? {};
			const records = (current?.imageRecords ?? []).filter((row) => row.appId === appId);
			return { appId, uuid: appUuid, name: appName, composed: wanted, current: app, records };
		})
		.filter(({ uuid }) => uuid !== hostUuid && uuid !== supervisor?.appUuid);
}

function explainApp(app: AppPair, explainer: Explainer): ExplainedApp {
	const { appId, uuid, name, composed, current } = app;
	const own = explainer.unseen ?? explainer.reasonOf({ appId });
	const refusal: Refusal | undefined =
		composed?.state === 'rejected' ? { issues: composed.issues, unmet: composed.unmet ?? [] } : undefined;
	const isInherited = own !== undefined && (own.kind === 'unseen' || own.kind === 'rejected');
	const inherited = isInherited ? { reason: own, ...(refusal === undefined ? {} : { refusal }) } : undefined;
	const services = explainServices(app, explainer, inherited);
	const wanted = composed?.state === 'ready' ? composed.spec.commit : composed?.app.release?.commit;
	const steps = explainer.stepsOf({ appId });
	const isChanging = steps.length > 0 || composed === undefined;
	return {
		...{ appId, uuid, name, services },
		...explainer.explain({
			id: { subject: `app ${name}`, app: uuid },
			reason: own,
			...(refusal === undefined ? {} : { refusal }),
			plain: isChanging
				? {
						state: 'changing',
						sentence: `${name} is being changed: ${steps[0]?.reason ?? 'it is not wanted any more'}`,
					}
				: { state: 'on_target', sentence: sayOnTarget(name, wanted) },
			rest: {
				current: { release: current?.commit ?? null },
				wanted: composed === undefined ? null : { release: wanted ?? null },
				differences: [],
				steps,
			},
			parts: services,
		}),
	};
}

function sayOnTarget(name: string, commit: string | undefined): string {
	return commit === undefined
		? `${name} has no release for this device`
		: `${name} runs release ${shortRelease(commit)}`;
}

/** For this caller: its apps, and what the device says of itself without other apps. */
export function explainDevice(explainer: Explainer, all: readonly ExplainedApp[], access: Access): Explained {
	const { status, cloud } = explainer.input;
	const apps = all.filter(({ appId }) => access.covers(appId));
	const isVisible = (reason: Reason) => access.coversDevice() || isShownToAll(reason);
	const own = (status?.reasons ?? []).filter((reason) => isOfDevice(reason) && isVisible(reason));
	const ofCloud = cloud.filter(isVisible).map((reason) => explainCloud(reason, explainer));
	const isUnknown = status?.current === undefined;
	return explainer.explain({
		id: { subject: 'the device' },
		reason: own[0],
		plain: isUnknown
			? { state: 'unknown', sentence: 'the device has not been looked at yet' }
			: {
					state: 'on_target',
					sentence: apps.length === 0 ? 'no app is wanted' : 'all apps are as their target wants them',
				},
		rest: {
			current: null,
			wanted: null,
			differences: [],
			steps: access.coversDevice() ? explainer.stepsOf({}) : [],
		},
		parts: [...apps, ...ofCloud],
		// A cloud that is away matters where the apps are well.
		judged: isWell(gravest(apps)?.view.state) ? [...ofCloud, ...apps] : apps,
	});
}

function explainCloud(reason: Reason, explainer: Explainer): Explained {
	return explainer.explain({
		id: { subject: 'the cloud' },
		reason,
		plain: { state: 'unknown', sentence: reason.sentence },
		rest: { current: null, wanted: null, differences: [], steps: [] },
	});
}

function isOfDevice({ appId, serviceName }: Reason): boolean {
	return appId === undefined && serviceName === undefined;
}
