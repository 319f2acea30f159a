import { volumeNamesOfApp } from '../application-manager/index.ts';
import type { CurrentApp, CurrentState } from '../domain/current.ts';
import { policyOfError } from '../domain/error-policy.ts';
import type { HostConfigChange } from '../domain/host-config.ts';
import type { Asker, RequestBody, RequestOutcome } from '../domain/request.ts';
import type { KeptVolume } from '../domain/engine-objects.ts';
import type { ContainerView } from '../domain/service.ts';
import type { DeviceStatus } from '../domain/status.ts';
import type { TargetApp, TargetState } from '../domain/target.ts';
import type { Access } from './access.ts';
import { OperationalError } from '../ports/operational-error.ts';

/** Operations of users on apps and on the device, turned into requests that the planner carries out (spec: device-api 3). */

const EXTRA_FIRMWARE = 'extra-firmware';

export interface Operations {
	readonly status: () => DeviceStatus | undefined;
	readonly submit: (
		body: RequestBody,
		options: { readonly force: boolean; readonly asker?: Asker | undefined },
	) => Promise<RequestOutcome>;
	readonly systemLog: { write(message: string, options?: { readonly error?: boolean }): void };
}

/** The same, for the caller of this request: the history shows whose key asked. */
export function askedBy(operations: Operations, access: Access): Operations {
	return {
		...operations,
		submit: (body, options) => operations.submit(body, { ...options, asker: access.asker() }),
	};
}

/** A request that failed. `updates-locked` keeps its code, so that it gets its own status. */
class RequestFailed extends OperationalError {}

export async function restartApp(operations: Operations, appId: number, force: boolean): Promise<void> {
	const { containers } = currentApp(operations, appId);
	await carryOut(operations, { kind: 'restartApp', appId, containers: containers.map((c) => c.containerId) }, force);
}

/** With its networks and all of its volumes, also those that the release no longer names. */
export async function purgeApp(operations: Operations, appId: number, force: boolean): Promise<void> {
	const { systemLog } = operations;
	systemLog.write(`Purging data for app ${appId}`);
	try {
		const { containers, networks, volumes } = currentApp(operations, appId);
		const { current } = operations.status() ?? {};
		const firmware = (current?.volumes ?? []).filter((name) => name === EXTRA_FIRMWARE);
		const kept = (current?.keptVolumes ?? []).filter((volume) => volume.appId === appId);
		const anonymous = [
			...containers.flatMap(({ anonymousVolumes }) => Object.values(anonymousVolumes)),
			...kept.map(({ name }) => name),
		];
		await carryOut(
			operations,
			{
				kind: 'purgeApp',
				appId,
				containers: containers.map((c) => c.containerId),
				networks: networks.map((network) => network.networkId),
				volumes: [...volumes.map((volume) => volume.engineName), ...new Set(anonymous), ...firmware],
			},
			force,
		);
	} catch (error) {
		systemLog.write(`Error purging data: ${String(error)}`, { error: true });
		throw error;
	}
	systemLog.write('Purged data');
}

export type ServiceAction = 'start' | 'stop' | 'restart';

export async function actOnService(
	operations: Operations,
	options: { readonly action: ServiceAction; readonly container: ContainerView; readonly force: boolean },
): Promise<void> {
	const { action, container, force } = options;
	const { appId, serviceName, containerId, startedAt } = container;
	const service = { appId, serviceName };
	switch (action) {
		case 'start':
			await carryOut(
				operations,
				{ kind: 'startService', ...service, containerId, ...(startedAt === undefined ? {} : { startedAt }) },
				force,
			);
			break;
		case 'stop':
			await carryOut(operations, { kind: 'stopService', ...service, containerId }, force);
			break;
		case 'restart':
			await carryOut(operations, { kind: 'restartService', ...service, containers: [containerId] }, force);
	}
}

export async function shutDown(operations: Operations, kind: 'reboot' | 'shutdown', force: boolean): Promise<void> {
	await carryOut(operations, { kind }, force);
}

/** If there is nothing to change the request is done, also under a lock. */
export async function changeHost(operations: Operations, change: HostConfigChange, force: boolean): Promise<void> {
	if (Object.keys(change).length === 0) {
		return;
	}
	const outcome = await operations.submit({ kind: 'changeHostConfig', change }, { force });
	if (outcome.kind === 'failed') {
		throw new RequestFailed(outcome.code, outcome.message);
	}
}

/**
 * Volumes that no container mounts and no release names, of apps that the device has had (spec: device-api 5.15,
 * decision D26). With a key for some apps, only theirs.
 */
export async function cleanUpVolumes(
	operations: Operations,
	options: {
		readonly covers: (appId: number) => boolean;
		/** Of all sources: local mode puts the release of the cloud aside, and it comes back. */
		readonly storedApps: readonly TargetApp[];
	},
): Promise<void> {
	const { current, target } = observed(operations);
	const { covers, storedApps } = options;
	const kept = new Set([
		...current.apps.flatMap((app) => app.containers.flatMap(volumesOf)),
		...(target === undefined ? [] : volumesOfTarget(target)),
		...storedApps.flatMap(volumeNamesOfApp),
	]);
	const apps = new Set([...appsHad(current), ...[...(target?.apps ?? []), ...storedApps].map(({ appId }) => appId)]);
	const volumes = current.volumes.filter((name) => {
		const appId = Number(/^(\d+)_/.exec(name)?.[1] ?? Number.NaN);
		return apps.has(appId) && !kept.has(name) && covers(appId);
	});
	const orphans = orphansIn(current, target, storedApps).filter(({ appId }) => covers(appId));
	const all = [...volumes, ...orphans.map(({ name }) => name)];
	await carryOut(operations, { kind: 'cleanupVolumes', volumes: all }, false);
}

/** Anonymous volumes that are kept for a service that is in no release any more. */
function orphansIn(
	{ apps, keptVolumes }: CurrentState,
	target: TargetState | undefined,
	storedApps: readonly TargetApp[],
): readonly KeptVolume[] {
	const mounted = new Set(apps.flatMap((app) => app.containers.flatMap((c) => Object.values(c.anonymousVolumes))));
	const services = new Set([
		...storedApps.flatMap(({ appId, release }) =>
			Object.keys(release?.services ?? {}).map((name) => `${appId}/${name}`),
		),
		...(target?.apps ?? []).flatMap((app) =>
			app.state === 'ready' ? app.spec.services.map(({ identity }) => `${app.appId}/${identity.serviceName}`) : [],
		),
	]);
	return keptVolumes.filter(
		({ name, appId, serviceName }) => !mounted.has(name) && !services.has(`${appId}/${serviceName}`),
	);
}

/** A volume alone makes an app of the number in its name; only labels make it ours. */
function appsHad({ apps, imageRecords }: CurrentState): readonly number[] {
	const had = apps.filter(
		({ containers, networks, volumes, commit }) =>
			containers.length > 0 || networks.length > 0 || commit !== undefined || volumes.some((view) => view.supervised),
	);
	return [...had, ...imageRecords].map(({ appId }) => appId);
}

export function currentApp(operations: Operations, appId: number): CurrentApp {
	const app = observed(operations).current.apps.find((candidate) => candidate.appId === appId);
	if (app === undefined) {
		throw new RequestFailed('app-unknown', `Application with ID ${appId} is not in the current state`);
	}
	return app;
}

function observed({ status }: Operations) {
	const { current, target } = status() ?? {};
	if (current === undefined) {
		throw new RequestFailed('not-observed', 'The state of the device is not known yet');
	}
	return { current, target };
}

async function carryOut(operations: Operations, body: RequestBody, force: boolean): Promise<void> {
	const outcome = await operations.submit(body, { force });
	switch (outcome.kind) {
		case 'done':
			return;
		case 'superseded':
			throw new RequestFailed('superseded', 'request for lock canceled');
		case 'failed':
			throw new RequestFailed(
				outcome.code,
				policyOfError(outcome.code).reason === 'locked-by-user'
					? outcome.message
					: `Failed to apply state transition steps. ${outcome.message}`,
			);
	}
}

function volumesOf({ volumes, config }: ContainerView): readonly string[] {
	const long = config.volumes.flatMap((volume) =>
		typeof volume === 'string' || volume.source === undefined ? [] : [volume.source],
	);
	return [...volumes, ...long];
}

function volumesOfTarget({ apps }: TargetState): readonly string[] {
	return apps.flatMap((app) =>
		app.state === 'ready' ? app.spec.volumes.map(({ engineName }) => engineName) : volumeNamesOfApp(app.app),
	);
}
