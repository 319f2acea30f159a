import {
	EXTRA_FIRMWARE_VOLUME,
	isOnSupervisorNetwork,
	leftVolumesOf,
	propose,
	proposeContainerRemoval,
	resources,
	SUPERVISOR_NETWORK,
	SUPERVISOR_NETWORK_RESOURCE,
} from '../../application-manager/index.ts';
import type { CurrentState } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import { isOfContainer } from '../../domain/reboot.ts';
import type { UpdateRequest } from '../../domain/request.ts';

/** Steps of the device itself, which come before those of any app (spec: planner 6). */

/** Services that need the API cannot start without it, so it comes before every app (spec: planner I1, 6.2). */
export function proposeSupervisorNetwork(current: CurrentState): readonly Proposal[] {
	if (current.supervisorNetworkReady) {
		return [];
	}
	const containers = current.apps.flatMap((app) => app.containers);
	const users = containers.filter(({ config }) => isOnSupervisorNetwork(config));
	const user = users[0];
	const reason = `network ${SUPERVISOR_NETWORK} is missing`;
	const { keptVolumes } = current;
	return [
		...users
			.filter((container) => container.runState !== 'removing')
			.map((container) => {
				const volumes = leftVolumesOf(container, { containers, keptVolumes });
				return proposeContainerRemoval(container, { reason, volumes });
			}),
		propose(
			{ kind: 'ensureSupervisorNetwork' },
			{
				reason,
				writes: [SUPERVISOR_NETWORK_RESOURCE],
				because: user && { kind: 'container', serviceName: user.serviceName, containerId: user.containerId },
			},
		),
	];
}

/** The operating system reads firmware from a volume that services may fill (spec: compose 7.4, host 13). */
export function proposeExtraFirmware(current: CurrentState): readonly Proposal[] {
	if (current.extraFirmwareReady) {
		return [];
	}
	return [
		propose(
			{ kind: 'ensureExtraFirmwareVolume' },
			{ reason: `volume ${EXTRA_FIRMWARE_VOLUME} is not set up`, writes: ['config', EXTRA_FIRMWARE_VOLUME] },
		),
	];
}

/** Covers everything on the engine, and the list of apps: no other step runs meanwhile (spec: planner P18). */
const ALL_OF_THE_ENGINE = ['app', 'image', 'volume', 'supervisor-network', 'config'];

/** The device has left local mode, and objects from it still exist (spec: planner 15). */
export function proposeLocalModeEnd(
	{ localMode }: Pick<CurrentState, 'localMode'>,
	policy: { readonly localMode: boolean },
): readonly Proposal[] {
	if (policy.localMode || (!localMode.snapshot && !localMode.apps)) {
		return [];
	}
	return [propose({ kind: 'leaveLocalMode' }, { reason: 'local mode was left', writes: ALL_OF_THE_ENGINE })];
}

/** Requested by a user: at once, beside any other step (spec: planner 6.3, 14). */
export function proposePower(
	current: CurrentState,
	requests: readonly UpdateRequest[],
	force: boolean,
): readonly Proposal[] {
	return requests.flatMap(({ body, force: ownForce }) => {
		if (body.kind !== 'reboot' && body.kind !== 'shutdown') {
			return [];
		}
		const appIds = appIdsOf(current);
		// `lockOverride` and `force` are about locks of apps; only the force of this request overrides an ongoing host OS update.
		const step = { kind: body.kind, appIds, force: force || ownForce, duringHostUpdate: ownForce };
		return propose(step, { reason: `${body.kind} requested`, writes: ['host/power'] });
	});
}

/**
 * Name and proxy of the host, changed by a user: at once too. Locks that the supervisor holds already cannot be held by
 * a user, so they are neither taken nor released.
 */
export function proposeHostConfig(
	current: CurrentState,
	requests: readonly UpdateRequest[],
	force: boolean,
): readonly Proposal[] {
	const appIds = appIdsOf(current).filter((appId) => !current.locks.has(appId));
	return requests.flatMap(({ id, body, force: ownForce }) => {
		if (body.kind !== 'changeHostConfig' || current.host.lastChange === id) {
			return [];
		}
		const step = { kind: body.kind, requestId: id, change: body.change, appIds, force: force || ownForce };
		return propose(step, {
			reason: 'change of the host requested',
			writes: ['config', 'host/config', ...appIds.map((appId) => resources.locks(appId))],
			identity: id,
		});
	});
}

/** Changes that take effect with a boot: reboots once nothing else is left to do (spec: planner I2). */
export function proposeDueReboot(
	current: CurrentState,
	{ force, scope }: { readonly force: boolean; readonly scope: string | undefined },
): readonly Proposal[] {
	if (current.host.reboot !== 'required') {
		return [];
	}
	// What an earlier target asked for is no longer applied by it.
	const countedFor = current.host.reboots.due.filter((cause) => cause.scope === scope || isOfContainer(cause));
	// The updater may leave the mark of an unfinished update: this reboot finishes it (spec: host-update 3.5).
	const duringHostUpdate = current.host.os?.mark?.state === 'installed';
	const step = { kind: 'reboot', appIds: appIdsOf(current), force, duringHostUpdate, countedFor } as const;
	return [propose(step, { reason: 'reboot is due', writes: ['host/power'] })];
}

function appIdsOf(current: CurrentState): readonly number[] {
	return current.apps.map(({ appId }) => appId);
}

/** Volumes that a user has asked to remove. */
export function proposeVolumeCleanup(current: CurrentState, requests: readonly UpdateRequest[]): readonly Proposal[] {
	const named = requests.flatMap(({ body }): readonly string[] =>
		body.kind === 'cleanupVolumes'
			? body.volumes
			: body.kind === 'purgeApp'
				? body.volumes.filter((name) => name === EXTRA_FIRMWARE_VOLUME && !isMounted(name, current))
				: [],
	);
	return current.volumes
		.filter((name) => named.includes(name))
		.map((name) =>
			propose({ kind: 'cleanupVolume', name }, { reason: 'clean-up requested', writes: [`volume/${name}`] }),
		);
}

function isMounted(name: string, current: CurrentState): boolean {
	return current.apps.some((app) =>
		app.containers.some(({ config }) =>
			config.volumes.some((volume) => typeof volume !== 'string' && volume.source === name),
		),
	);
}
