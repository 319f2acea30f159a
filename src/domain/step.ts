import type { HostConfigChange } from './host-config.ts';
import type { ImageRecord, NetworkSpec, VolumeSpec } from './engine-objects.ts';
import type { ServiceSpec } from './service.ts';
import type { SettingValue } from './device-config.ts';

/** One idempotent change to one app: plain data, so it can be logged, compared, stored and replayed. */
type AppStep =
	| {
			readonly kind: 'recordImage';
			readonly appId: number;
			readonly serviceName: string;
			readonly record: ImageRecord;
			/** Absent while the image is still to come: the row says whose it will be, should we not live to see it. */
			readonly engineImageId?: string;
	  }
	// Engine names; for people, the name in the release beside it.
	| { readonly kind: 'createNetwork'; readonly appId: number; readonly network: NetworkSpec }
	| {
			readonly kind: 'removeNetwork';
			readonly appId: number;
			readonly networkId: string;
			readonly name: string;
			readonly networkName: string;
	  }
	| { readonly kind: 'createVolume'; readonly appId: number; readonly volume: VolumeSpec }
	/** Puts what the device brought with it in the place of volumes of this app, before anything of it is started. */
	| { readonly kind: 'restoreVolumes'; readonly appId: number; readonly volumes: readonly VolumeSpec[] }
	/** For people, an anonymous volume is called by its service and path. */
	| { readonly kind: 'removeVolume'; readonly appId: number; readonly name: string; readonly volumeName: string }
	| ({
			readonly kind: 'createContainer';
			readonly appId: number;
			readonly serviceName: string;
	  } & Creation)
	| (ContainerStep<'startContainer'> & {
			/** Set if it ended by itself: how, and whether it had run long enough to be taken for well. */
			readonly afterCrash?: { readonly exitCode: number; readonly error: string; readonly wasWell: boolean };
	  })
	| ContainerStep<'unpauseContainer'>
	| ContainerStep<'stopContainer'>
	/** Stopped and started in one: the container whose namespace it shares was started again (decision D20). */
	| ContainerStep<'restartContainer'>
	| (ContainerStep<'removeContainer'> & {
			readonly volumes: LeftVolumes;
			/** Its process has to be ended first. */
			readonly isUp: boolean;
			/** The engine does not get it removed. */
			readonly force?: true;
	  })
	| (ContainerStep<'renameContainer'> & { readonly name: string })
	/** Moves the old container aside and starts the new one beside it (spec: planner 8). */
	| (ContainerStep<'handOver'> & {
			/** Absent: the old container has been renamed already. */
			readonly oldName?: string;
			readonly creation: Creation;
	  })
	/** Waits until the new container says that it has taken over, or for as long as it may take; then removes the old one. */
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

/** What a container is made of. */
export interface Creation {
	readonly spec: ServiceSpec;
	/** Its own, or a temporary one where that is taken. */
	readonly name: string;
	/** Containers whose namespaces it shares, by service. */
	readonly owners: Readonly<Record<string, string>>;
	/** Volumes that it takes over from its predecessor, by path (decision D23). */
	readonly anonymousVolumes: Readonly<Record<string, string>>;
}

/** What becomes of the volumes that only this container has (decision D23). */
export interface LeftVolumes {
	/** By path: remembered for the next container of the service. */
	readonly keep: Readonly<Record<string, string>>;
	/** Names: their containers never ran, and they go when the service has what it needs. */
	readonly drop: readonly string[];
}

interface ContainerStep<K extends string> {
	readonly kind: K;
	readonly appId: number;
	readonly serviceName: string;
	readonly containerId: string;
	/** For people: the image as the log shows it. */
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
			/** For people: the same by variable. */
			readonly variables: Readonly<Record<string, string>>;
	  }
	/** Writes what differs from these variables, in every backend of the device. */
	| {
			readonly kind: 'changeBootConfig';
			readonly variables: Readonly<Record<string, string>>;
			/** For people: those that differ. */
			readonly backends: readonly string[];
			/** The mark that a reboot is due has been set for it. Otherwise nothing is written that takes effect with one. */
			readonly needsReboot: boolean;
	  }
	/** What is on the engine before local mode is entered. */
	| { readonly kind: 'takeEngineSnapshot' }
	/** Removes all that came while the device was in local mode. */
	| { readonly kind: 'leaveLocalMode' }
	/** `quiet`: the user reads of it only when it fails. */
	| { readonly kind: 'setVpn'; readonly enabled: boolean; readonly quiet: boolean }
	/** For people, what the reboot is to apply. */
	| { readonly kind: 'markReboot'; readonly changes: Readonly<Record<string, string>> }
	/** Under the update locks of these apps. */
	| PowerStep<'reboot'>
	| PowerStep<'shutdown'>
	/** Under the update locks of these apps, which are given up afterwards. */
	| {
			readonly kind: 'changeHostConfig';
			readonly requestId: string;
			readonly change: HostConfigChange;
			readonly appIds: readonly number[];
			readonly force: boolean;
	  }
	/** A volume that no app needs, of any name. */
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
	/** Also while the operating system is being updated: only a user who asks for this very thing may say so. */
	readonly duringHostUpdate: boolean;
}

export type Step = AppStep | DeviceStep;
export type StepKind = Step['kind'];
export type StepOf<K extends StepKind> = Extract<Step, { readonly kind: K }>;

/** Hash of the step: the same change proposed twice has the same id. */
export type StepId = string;

/** `web`, `1_data`, `u_default`, …: what a step is about, for logs and ids. */
export function subjectOf(step: Step): string {
	switch (step.kind) {
		case 'pullImage':
			return step.reference;
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
		case 'startContainer':
		case 'stopContainer':
		case 'restartContainer':
		case 'removeContainer':
		case 'renameContainer':
		case 'unpauseContainer':
		case 'handOver':
		case 'finishHandOver':
			return `${step.appId}/${step.serviceName}`;
		case 'restoreVolumes':
		case 'takeLock':
		case 'releaseLock':
			return String(step.appId);
		case 'changeHostConfig':
			return step.requestId;
		case 'markReboot':
			return JSON.stringify(step.changes);
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
 * `identity` stands for the step where the step itself would change with every turn: the container that is replaced
 * because it differs from its target has a new id each time, and is still the same attempt.
 */
export function stepIdOf(step: Step, identity: string = JSON.stringify(step)): StepId {
	return `${step.kind} ${subjectOf(step)} ${fingerprint(identity)}`;
}

/** The network or volume that it is about, by its engine name. */
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

/** `app/1` or `device`: whose plan the step belongs to. */
export function ownerOf(step: Step): string {
	return 'appId' in step ? `app/${step.appId}` : 'device';
}

/** Two 32-bit FNV-1a hashes: short, stable between runs, and the subject beside it makes a collision harmless. */
function fingerprint(text: string): string {
	let a = 0x811c9dc5;
	let b = 0x9dc5811c;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		a = Math.imul(a ^ code, 0x01000193);
		b = Math.imul(b ^ code ^ (i & 0xff), 0x01000193);
	}
	return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
