import type { Issue } from './issue.ts';
import type { WantedHostOs } from './host-release.ts';
import type { NetworkSpec, VolumeSpec } from './engine-objects.ts';
import type { ServiceSpec } from './service.ts';
import type { WantedSupervisor } from './supervisor-update.ts';

export type AppClass = 'fleet' | 'app' | 'block';

/** A service of a target release as the cloud sent it: decoded (spec: cloud-api 6), not composed. */
export interface TargetService {
	readonly serviceId: number;
	readonly imageId: number;
	/** Normalised reference. */
	readonly image: string;
	readonly running: boolean;
	readonly environment: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	readonly contract?: unknown;
	readonly composition: Readonly<Record<string, unknown>>;
}

export interface TargetRelease {
	readonly releaseId: number;
	readonly commit: string;
	readonly services: Readonly<Record<string, TargetService>>;
	readonly networks: Readonly<Record<string, unknown>>;
	readonly volumes: Readonly<Record<string, unknown>>;
}

export interface TargetApp {
	readonly appId: number;
	readonly appUuid: string;
	readonly appName: string;
	readonly class: AppClass;
	readonly isHost: boolean;
	/** The device does not meet its contract: keep what runs unchanged (spec: planner 5.4). */
	readonly rejected: boolean;
	/** Absent: the app has no release for this device. */
	readonly release?: TargetRelease;
}

/** The decoded target of this device: what is stored. */
export interface TargetDocument {
	readonly name: string;
	/** Configuration variables: with their prefixes as received, without them as kept in the store. */
	readonly config: Readonly<Record<string, string>>;
	readonly apps: readonly TargetApp[];
}

export interface AppSpec {
	readonly appId: number;
	readonly appUuid: string;
	readonly appName: string;
	readonly commit?: string;
	readonly services: readonly ServiceSpec[];
	/**
	 * Services that compose would not start, but version 19 did: their containers of this release stay, so that a
	 * take-over loses nothing (decision D6).
	 */
	readonly leftOut: readonly string[];
	readonly networks: readonly NetworkSpec[];
	readonly volumes: readonly VolumeSpec[];
}

/** A requirement of a contract that this device does not meet, for people. */
export interface UnmetRequirement {
	readonly serviceName: string;
	/** `sw.os` */
	readonly requirement: string;
	/** `balena-os >7` */
	readonly wanted: string;
	/** `balena-os 6.5.4`, or `none`. */
	readonly has: string;
	/** `requires sw.os balena-os >7, this device has balena-os 6.5.4` */
	readonly reason: string;
}

/** An app of the target: composed, or kept unchanged, with the reasons. */
export type ComposedApp =
	| { readonly state: 'ready'; readonly appId: number; readonly spec: AppSpec }
	| {
			readonly state: 'rejected';
			readonly appId: number;
			readonly app: TargetApp;
			readonly issues: readonly Issue[];
			/** Those of its contracts, if they are a reason. */
			readonly unmet?: readonly UnmetRequirement[];
	  };

/** What the planner works toward: the stored document, composed with the facts of this device. */
export interface TargetState {
	readonly apps: readonly ComposedApp[];
	/** Configuration variables of the device, without prefixes and without unknown names (spec: config 5.1). */
	readonly variables: Readonly<Record<string, string>>;
	/** Absent: the target has no host app. */
	readonly hostOs?: WantedHostOs;
	/** Absent: the target names none. */
	readonly supervisor?: WantedSupervisor;
}
