import type { HostConfigChange } from './host-config.ts';
import type { HostRelease } from './host-release.ts';
import type { ImageRecord, NetworkSpec, VolumeSpec } from './engine-objects.ts';
import { fingerprint } from '../lib/fingerprint.ts';
import type { RebootCause } from './reboot.ts';
import type { ServiceSpec } from './service.ts';
import type { SettingValue } from './device-config.ts';

/** One idempotent change to one app: plain data, so it can be logged, compared, stored and replayed. */
type AppStep =
	| {
			readonly kind: 'recordImage';
			readonly appId: number;
			readonly serviceName: string;
			readonly record: ImageRecord;
			/** Absent before the pull: the row says whose image it is, also after a crash. */
			readonly engineImageId?: string;
	  }
	// `name` is the engine name; `networkName` and `volumeName` are names of the release, for logs.
	| { readonly kind: 'createNetwork'; readonly appId: number; readonly network: NetworkSpec }
	| {
			readonly kind: 'removeNetwork';
			readonly appId: number;
			readonly networkId: string;
			readonly name: string;
			readonly networkName: string;
	  }
	| { readonly kind: 'createVolume'; readonly appId: number; readonly volume: VolumeSpec }
	/** Restores the backup of an earlier system into volumes of this app, before any of its services starts. */
	| { readonly kind: 'restoreVolumes'; readonly appId: number; readonly volumes: readonly VolumeSpec[] }
	/** `volumeName` of an anonymous volume is its service and path. */
	| { readonly kind: 'removeVolume'; readonly appId: number; readonly name: string; readonly volumeName: string }
	| ({
			readonly kind: 'createContainer';
			readonly appId: number;
			readonly serviceName: string;
	  } & Creation)
	| (ContainerStep<'startContainer'> & {
			/** Set if it ended by itself: how, and whether it ran long enough to count as well. */
			readonly afterCrash?: { readonly exitCode: number; readonly error: string; readonly wasWell: boolean };
	  })
	| ContainerStep<'unpauseContainer'>
	| ContainerStep<'stopContainer'>
	/** Stop and start in one call: the container whose namespace it shares was restarted (decision D20). */
	| ContainerStep<'restartContainer'>
	| (ContainerStep<'removeContainer'> & {
			readonly volumes: LeftVolumes;
			/** It runs and must be stopped first. */
			readonly isUp: boolean;
			/** The engine's own removal does not finish. */
			readonly force?: true;
	  })
	| (ContainerStep<'renameContainer'> & { readonly name: string })
	/** Moves the old container aside and starts the new one beside it (spec: planner 8). */
	| (ContainerStep<'handOver'> & {
			/** Absent: the old container has been renamed already. */
			readonly oldName?: string;
			readonly creation: Creation;
	  })
	/** Waits until the new container reports that it has taken over, or for the time-out; then removes the old one. */
	| (ContainerStep<'finishHandOver'> & {
			/** When the new one was started, by the engine's clock: the time-out counts from there. */
			readonly startedAt: string;
			readonly timeoutMs: number;
			readonly volumes: LeftVolumes;
	  })
	| {
			readonly kind: 'takeLock';
			readonly appId: number;
			readonly services: readonly string[];
			/** Removes the locks of users. */
			readonly force: boolean;
	  }
	| { readonly kind: 'releaseLock'; readonly appId: number }
	| { readonly kind: 'recordCommit'; readonly appId: number; readonly commit: string };

/** What creating a container needs. */
export interface Creation {
	readonly spec: ServiceSpec;
	/** Its own name, or a temporary one if that is taken. */
	readonly name: string;
	/** Containers whose namespaces it shares, by service. */
	readonly owners: Readonly<Record<string, string>>;
	/** Anonymous volumes of its predecessor that it gets, by path (decision D23). */
	readonly anonymousVolumes: Readonly<Record<string, string>>;
}

/** What happens to the anonymous volumes of the container (decision D23). */
export interface LeftVolumes {
	/** By path: stored for the next container of the service. */
	readonly keep: Readonly<Record<string, string>>;
	/** Names of volumes whose containers never ran: removed when the service has what it needs. */
	readonly drop: readonly string[];
}

interface ContainerStep<K extends string> {
	readonly kind: K;
	readonly appId: number;
	readonly serviceName: string;
	readonly containerId: string;
	/** The image as the log shows it. */
	readonly image: string;
}

/** Images are shared by apps, so fetching and removing one belongs to the device. */
type DeviceStep =
	| { readonly kind: 'pullImage'; readonly reference: string }
	| { readonly kind: 'ensureSupervisorNetwork' }
	| { readonly kind: 'ensureExtraFirmwareVolume' }
	| {
			readonly kind: 'changeSettings';
			readonly settings: Readonly<Record<string, SettingValue>>;
			/** The same by variable, for the log. */
			readonly variables: Readonly<Record<string, string>>;
	  }
	/** Writes the differences from these variables, in every backend of the device. */
	| {
			readonly kind: 'changeBootConfig';
			readonly variables: Readonly<Record<string, string>>;
			/** The backends that differ, for the log. */
			readonly backends: readonly string[];
			/** The mark that a reboot is due is set. Without it, nothing is written that needs a reboot. */
			readonly needsReboot: boolean;
	  }
	/** Records what is on the engine, before local mode starts. */
	| { readonly kind: 'takeEngineSnapshot' }
	/** Removes everything that was added in local mode. */
	| { readonly kind: 'leaveLocalMode' }
	/** `quiet`: logged for the user only on failure. */
	| { readonly kind: 'setVpn'; readonly enabled: boolean; readonly quiet: boolean }
	/** `changes`: what the reboot applies, for the log; `cause`: the same for the count of reboots. */
	| { readonly kind: 'markReboot'; readonly changes: Readonly<Record<string, string>>; readonly cause?: RebootCause }
	/** The user reads that reboots did not apply it, and that no more are made for it. */
	| { readonly kind: 'giveUpReboots'; readonly cause: RebootCause; readonly reboots: number }
	/** The reboots made for these are no longer counted: the difference is gone, or the target is another one. */
	| { readonly kind: 'forgetReboots'; readonly causes: readonly RebootCause[] }
	/** Under the update locks of these apps. `countedFor`: not requested by a user; each of these causes is charged with it. */
	| (PowerStep<'reboot'> & { readonly countedFor?: readonly RebootCause[] })
	| PowerStep<'shutdown'>
	/** Under the update locks of these apps, which are released afterwards. */
	| {
			readonly kind: 'changeHostConfig';
			readonly requestId: string;
			readonly change: HostConfigChange;
			readonly appIds: readonly number[];
			readonly force: boolean;
	  }
	/** Fetches the program that installs a release of the host OS, and places it where systemd can run it. */
	| { readonly kind: 'fetchHostUpdater'; readonly release: HostRelease }
	/** Starts the program that installs a release of the host OS, and waits for its end. */
	| {
			readonly kind: 'updateHost';
			readonly release: HostRelease;
			/** From 1. */
			readonly attempt: number;
			/** It was started since the last boot: it is waited for, and not started again. */
			readonly isStarted: boolean;
	  }
	/** The device runs this release: what is known of others is forgotten. */
	| { readonly kind: 'recordHostRelease'; readonly release: HostRelease }
	/** Puts another supervisor in the place of this one, or waits for the end of such an update. */
	| {
			readonly kind: 'updateSupervisor';
			readonly image: string;
			readonly commit: string;
			/** From 1. */
			readonly attempt: number;
	  }
	/** A volume of any name that no app needs. */
	| { readonly kind: 'cleanupVolume'; readonly name: string }
	| {
			readonly kind: 'forgetImage';
			readonly recordId: number;
			readonly name: string;
			readonly references: readonly string[];
	  }
	| { readonly kind: 'cleanupImage'; readonly engineImageId: string };

interface PowerStep<K extends string> {
	readonly kind: K;
	readonly appIds: readonly number[];
	/** Removes the locks of users. */
	readonly force: boolean;
	/** Also during an update of the host OS: only the force of this very request allows it. */
	readonly duringHostUpdate: boolean;
}

export type Step = AppStep | DeviceStep;
export type StepKind = Step['kind'];
export type StepOf<K extends StepKind> = Extract<Step, { readonly kind: K }>;

/** Hash of the step: the same change proposed twice has the same id. */
export type StepId = string;

/** `web`, `1_data`, `u_default`, …: the subject of a step, for logs and ids. */
export function subjectOf(step: Step): string {
	if ('release' in step) {
		return step.release.commit;
	}
	if ('containerId' in step) {
		return `${step.appId}/${step.serviceName}`;
	}
	switch (step.kind) {
		case 'pullImage':
			return step.reference;
		case 'updateSupervisor':
			return step.image;
		case 'recordImage':
			return `${step.appId}/${step.serviceName} ${step.record.name}`;
		case 'createNetwork':
			return step.network.engineName;
		case 'createVolume':
			return step.volume.engineName;
		case 'removeNetwork':
		case 'removeVolume':
		case 'forgetImage':
		case 'cleanupVolume':
			return step.name;
		case 'createContainer':
			return `${step.appId}/${step.serviceName}`;
		case 'restoreVolumes':
		case 'takeLock':
		case 'releaseLock':
			return String(step.appId);
		case 'changeHostConfig':
			return step.requestId;
		case 'markReboot':
			return JSON.stringify(step.changes);
		case 'giveUpReboots':
			return step.cause.what;
		case 'forgetReboots':
			return step.causes.map(({ what }) => what).join(', ');
		case 'reboot':
		case 'shutdown':
		case 'takeEngineSnapshot':
		case 'leaveLocalMode':
			return 'device';
		case 'recordCommit':
			return `${step.appId}/${step.commit}`;
		case 'ensureSupervisorNetwork':
			return 'supervisor0';
		case 'ensureExtraFirmwareVolume':
			return 'extra-firmware';
		case 'changeSettings':
			return Object.keys(step.settings).sort().join(',');
		case 'changeBootConfig':
			return step.backends.join(',');
		case 'setVpn':
			return step.enabled ? 'on' : 'off';
		case 'cleanupImage':
			return step.engineImageId;
	}
}

/**
 * `identity` replaces the step where the step itself changes with each attempt: a container that is replaced because it
 * differs has a new id each time, and it is still the same attempt.
 */
export function stepIdOf(step: Step, identity: string = JSON.stringify(step)): StepId {
	return `${step.kind} ${subjectOf(step)} ${fingerprint(identity)}`; // the subject makes a collision harmless
}

/** The network or volume of the step, by engine name. */
export function partOf(step: Step): string | undefined {
	switch (step.kind) {
		case 'createNetwork':
		case 'createVolume':
		case 'removeNetwork':
		case 'removeVolume':
			return subjectOf(step);
		default:
			return undefined;
	}
}

/** `app/1` or `device`: the plan that the step belongs to. */
export function ownerOf(step: Step): string {
	return 'appId' in step ? `app/${step.appId}` : 'device';
}
