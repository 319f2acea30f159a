import type { DryRunResult, PredictedStep } from '../../../device-state/index.ts';
import type { CurrentState } from '../../../domain/current.ts';
import type { Issue } from '../../../domain/issue.ts';
import type { FieldDifference } from '../../../domain/service.ts';
import { isUp } from '../../../domain/service.ts';
import type { Step } from '../../../domain/step.ts';
import type { TargetState } from '../../../domain/target.ts';
import { snakeOf } from '../view-because.ts';
import type { Access } from '../../access.ts';

interface ServiceName {
	/** UUID of the app, or its id where the app has none. */
	readonly app: string;
	readonly service: string;
}

/** The answer of a dry run (spec: v3-api 4). */
export interface PlanView {
	readonly steps: readonly {
		readonly order: number;
		/** Orders of the steps before it that touch the same. */
		readonly after: readonly number[];
		readonly kind: string;
		readonly subject: string;
		readonly reason: string;
		readonly differences?: readonly { readonly field: string; readonly is: string; readonly should: string }[];
		/** A running container stops. */
		readonly disruptive: boolean;
	}[];
	readonly restarts: readonly ServiceName[];
	readonly stops: readonly ServiceName[];
	readonly removes: { readonly volumes: readonly string[]; readonly networks: readonly string[] };
	readonly downloads: readonly { readonly image: string; readonly unknown: string }[];
	readonly needs: { readonly locks: readonly ServiceName[]; readonly reboot: boolean };
	readonly refused: readonly Issue[];
	readonly ignored: readonly Issue[];
	/** The device would be on target afterwards. */
	readonly settled: boolean;
}

const STOPPING: readonly Step['kind'][] = [
	'stopContainer',
	'removeContainer',
	'restartContainer',
	'handOver',
	'reboot',
	'shutdown',
	'leaveLocalMode',
];
const NOT_ASKED = 'the registry was not asked';

/** What the caller may see of it: steps of its apps, and for the key of the device all. */
export function viewPlan(result: DryRunResult, access: Access): PlanView {
	const names = new Names(result);
	const seen = result.prediction.steps.filter(({ step: { step } }) =>
		'appId' in step ? access.covers(step.appId) : access.coversDevice() || isPullFor(step, result.target, access),
	);
	const steps = seen.map(({ step }) => step.step);
	const orders = new Set(seen.map(({ order }) => order));
	const before = runningServices(result.current, names);
	const stopped = namesOf(
		steps.filter((step) => stopsService(step, result.current)),
		names,
	);
	const started = new Set(namesOf(steps.filter(startsService), names).map(textOf));
	const running = new Set(before.map(textOf));
	const down = stopped.filter((name) => running.has(textOf(name)));
	const isRefused = result.refused.length > 0;
	const covered = coveredApps(result.target, access);
	const isSeen = ({ path }: Issue) => access.coversDevice() || covered.some((uuid) => path.startsWith(`apps.${uuid}.`));
	return {
		steps: seen.map((step) => viewStep(step, { orders, names, current: result.current })),
		restarts: down.filter((name) => started.has(textOf(name))),
		stops: down.filter((name) => !started.has(textOf(name))),
		removes: {
			volumes: steps.flatMap((step) => removedVolume(step) ?? []),
			networks: steps.flatMap((step) => (step.kind === 'removeNetwork' ? [step.networkName] : [])),
		},
		downloads: steps.flatMap((step) =>
			step.kind === 'pullImage' ? [{ image: step.reference, unknown: NOT_ASKED }] : [],
		),
		needs: {
			locks: steps.flatMap((step) =>
				step.kind === 'takeLock' ? step.services.map((service) => ({ app: names.app(step.appId), service })) : [],
			),
			reboot: steps.some(({ kind }) => kind === 'reboot'),
		},
		refused: result.refused.filter(isSeen),
		ignored: result.ignored.filter(isSeen),
		settled: result.prediction.isSettled && !isRefused,
	};
}

function coveredApps({ apps }: TargetState, access: Access): readonly string[] {
	return apps
		.filter(({ appId }) => access.covers(appId))
		.map((app) => (app.state === 'ready' ? app.spec.appUuid : app.app.appUuid));
}

class Names {
	readonly #uuids = new Map<number, string>();

	constructor({ current, target }: Pick<DryRunResult, 'current' | 'target'>) {
		for (const { appId, appUuid } of current.apps) {
			if (appUuid !== undefined) this.#uuids.set(appId, appUuid);
		}
		for (const app of target.apps) {
			this.#uuids.set(app.appId, app.state === 'ready' ? app.spec.appUuid : app.app.appUuid);
		}
	}

	app(appId: number): string {
		return this.#uuids.get(appId) ?? String(appId);
	}
}

function viewStep(
	{ order, after, step }: PredictedStep,
	{
		orders,
		names,
		current,
	}: { readonly orders: ReadonlySet<number>; readonly names: Names; readonly current: CurrentState },
): PlanView['steps'][number] {
	return {
		order,
		after: after.filter((other) => orders.has(other)),
		kind: snakeOf(step.step.kind),
		subject: subjectFor(step.step, names),
		reason: step.reason,
		...(step.differences === undefined ? {} : { differences: step.differences.map(viewDifference) }),
		disruptive: isDisruptive(step.step, current),
	};
}

function viewDifference({ field, expected, seen }: FieldDifference) {
	return { field, is: seen, should: expected };
}

/** As its user names it. */
function subjectFor(step: Step, names: Names): string {
	if ('serviceName' in step) return `service ${step.serviceName} of app ${names.app(step.appId)}`;
	switch (step.kind) {
		case 'pullImage':
			return `image ${step.reference}`;
		case 'forgetImage':
			return `image ${step.name}`;
		case 'cleanupImage':
			return `image ${step.engineImageId}`;
		case 'createNetwork':
			return `network ${step.network.networkName} of app ${names.app(step.appId)}`;
		case 'removeNetwork':
			return `network ${step.networkName} of app ${names.app(step.appId)}`;
		case 'createVolume':
			return `volume ${step.volume.volumeName} of app ${names.app(step.appId)}`;
		case 'removeVolume':
			return `volume ${step.volumeName} of app ${names.app(step.appId)}`;
		case 'cleanupVolume':
			return `volume ${step.name}`;
		case 'restoreVolumes':
		case 'takeLock':
		case 'releaseLock':
			return `app ${names.app(step.appId)}`;
		case 'recordCommit':
			return `release ${step.commit} of app ${names.app(step.appId)}`;
		case 'fetchHostUpdater':
		case 'updateHost':
		case 'recordHostRelease':
			return 'host OS';
		case 'updateSupervisor':
			return 'supervisor';
		default:
			return 'device';
	}
}

/** An image belongs to each app that wants it. */
function isPullFor(step: Step, { apps }: TargetState, access: Access): boolean {
	return (
		step.kind === 'pullImage' &&
		apps.some(
			(app) =>
				app.state === 'ready' &&
				access.covers(app.appId) &&
				app.spec.services.some(({ reference }) => reference === step.reference),
		)
	);
}

function isDisruptive(step: Step, current: CurrentState): boolean {
	if (step.kind === 'handOver' || !STOPPING.includes(step.kind)) return false; // the new one runs beside the old one
	if (step.kind === 'removeContainer') return step.isUp;
	return 'containerId' in step ? stopsService(step, current) : true;
}

/** Of the container that runs now; one that the plan itself starts is not its loss. */
function stopsService(step: Step, { apps }: CurrentState): boolean {
	if (!('containerId' in step) || !(STOPPING.includes(step.kind) || step.kind === 'finishHandOver')) return false;
	return apps.some((app) =>
		app.containers.some((container) => container.containerId === step.containerId && isUp(container)),
	);
}

function removedVolume(step: Step): string | undefined {
	switch (step.kind) {
		case 'removeVolume':
			return step.volumeName;
		case 'cleanupVolume':
			return step.name;
		default:
			return undefined;
	}
}

function startsService({ kind }: Step): boolean {
	return kind === 'startContainer' || kind === 'restartContainer' || kind === 'handOver';
}

function namesOf(steps: readonly Step[], names: Names): readonly ServiceName[] {
	const found = steps.flatMap((step) =>
		'serviceName' in step ? [{ app: names.app(step.appId), service: step.serviceName }] : [],
	);
	return [...new Map(found.map((name) => [textOf(name), name])).values()];
}

function runningServices({ apps }: CurrentState, names: Names): readonly ServiceName[] {
	return apps.flatMap(({ appId, containers }) =>
		containers.filter(isUp).map(({ serviceName }) => ({ app: names.app(appId), service: serviceName })),
	);
}

function textOf({ app, service }: ServiceName): string {
	return `${app}/${service}`;
}
