/**
 * A service as the target wants it and a container as the engine shows it, in one normal form that can be compared
 * (spec: compose 2, 4 and 5). Names of fields are the compose names in camel case.
 */

export interface Healthcheck {
	readonly test: readonly string[];
	/** Nanoseconds, as the engine counts. */
	readonly interval?: number;
	readonly timeout?: number;
	readonly startPeriod?: number;
	readonly startInterval?: number;
	readonly retries?: number;
}

export interface PortMap {
	readonly internalStart: number;
	readonly internalEnd: number;
	/** Zero: any port that is free. A range for a single port inside: any of these that is free. */
	readonly externalStart: number;
	readonly externalEnd: number;
	readonly protocol: string;
	readonly host: string;
}

/** The engine takes a free host port, so that two containers can have the same entry. */
export function isChosenByEngine({ internalStart, internalEnd, externalStart, externalEnd }: PortMap): boolean {
	return externalStart === 0 || externalEnd - externalStart !== internalEnd - internalStart;
}

export interface DeviceMapping {
	readonly PathOnHost: string;
	readonly PathInContainer: string;
	readonly CgroupPermissions: string;
}

export interface DeviceRequest {
	readonly Driver: string;
	readonly Count: number;
	readonly DeviceIDs: readonly string[];
	readonly Capabilities: readonly (readonly string[])[];
	readonly Options: Readonly<Record<string, string>>;
}

export interface LongVolume {
	readonly type: 'volume' | 'bind' | 'tmpfs';
	readonly source?: string;
	readonly target: string;
	readonly readOnly?: boolean;
	readonly volume?: { readonly nocopy: boolean };
	readonly bind?: { readonly propagation: string };
	/** Bytes. */
	readonly tmpfs?: { readonly size: number };
}

export interface ServiceNetwork {
	readonly aliases?: readonly string[];
	readonly ipv4Address?: string;
	readonly ipv6Address?: string;
	readonly linkLocalIps?: readonly string[];
}

export interface Ulimit {
	readonly soft?: number;
	readonly hard?: number;
}

export interface DeviceRate {
	readonly path: string;
	/** Bytes or operations a second. */
	readonly rate: number;
}

export interface BlkioConfig {
	readonly weight?: number;
	readonly weightDevice?: readonly { readonly path: string; readonly weight: number }[];
	readonly deviceReadBps?: readonly DeviceRate[];
	readonly deviceWriteBps?: readonly DeviceRate[];
	readonly deviceReadIops?: readonly DeviceRate[];
	readonly deviceWriteIops?: readonly DeviceRate[];
}

export interface Logging {
	/** Empty: the engine's default. */
	readonly driver: string;
	readonly options: Readonly<Record<string, string>>;
}

/** Every compared or created field of a service. Defaults are explicit, so two equal services are deeply equal. */
export interface ServiceConfig {
	/** The reference until the image is on the engine, from then on the engine's image id. */
	readonly image: string;
	readonly running: boolean;
	readonly command: readonly string[];
	readonly entrypoint: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	readonly workingDir: string;
	readonly user: string;
	readonly stopSignal: string;
	/** Seconds. */
	readonly stopGracePeriod: number;
	readonly healthcheck: Healthcheck;
	/** A restart policy of the engine; `on-failure:<n>` gives up after n restarts. */
	readonly restart: string;
	readonly tty: boolean;
	readonly init?: boolean;
	readonly privileged: boolean;
	readonly readOnly: boolean;
	/** Absent if the engine does not support it (cgroup v2): not compared. */
	readonly oomKillDisable?: boolean;
	readonly oomScoreAdj: number;
	readonly cpuShares: number;
	readonly cpuQuota: number;
	/** Billionths of a processor; never compared. */
	readonly cpus: number;
	readonly cpuset: string;
	/** Bytes. */
	readonly memLimit: number;
	readonly memReservation: number;
	readonly shmSize: number;
	readonly pidsLimit: number;
	readonly capAdd: readonly string[];
	readonly capDrop: readonly string[];
	readonly devices: readonly DeviceMapping[];
	readonly deviceRequests: readonly DeviceRequest[];
	readonly dns: readonly string[];
	readonly dnsSearch: readonly string[];
	readonly dnsOpt: readonly string[];
	readonly extraHosts: readonly string[];
	readonly groupAdd: readonly string[];
	readonly securityOpt: readonly string[];
	readonly sysctls: Readonly<Record<string, string>>;
	readonly ulimits: Readonly<Record<string, Ulimit>>;
	readonly tmpfs: readonly string[];
	readonly volumes: readonly (string | LongVolume)[];
	readonly portMaps: readonly PortMap[];
	readonly networkMode: string;
	/** By engine name. */
	readonly networks: Readonly<Record<string, ServiceNetwork>>;
	readonly hostname: string;
	readonly domainname: string;
	readonly macAddress: string;
	readonly pid: string;
	readonly ipc: string;
	readonly usernsMode: string;
	readonly cgroupParent: string;
	// The fields below are new since version 19: absent unless set, so that its containers stay equal.
	readonly blkioConfig?: BlkioConfig;
	readonly cgroup?: string;
	/** Microseconds. */
	readonly cpuPeriod?: number;
	readonly cpuRtPeriod?: number;
	readonly cpuRtRuntime?: number;
	readonly deviceCgroupRules?: readonly string[];
	readonly logging?: Logging;
	readonly memSwappiness?: number;
	/** Bytes, memory and swap together; -1 is no limit. */
	readonly memswapLimit?: number;
	readonly runtime?: string;
	readonly stdinOpen?: boolean;
	readonly uts?: string;
}

export interface ServiceIdentity {
	readonly appId: number;
	readonly appUuid: string;
	readonly serviceName: string;
	readonly serviceId: number;
	readonly imageId: number;
	readonly releaseId: number;
	readonly commit: string;
}

export type UpdateStrategy = 'download-then-kill' | 'kill-then-download' | 'delete-then-download' | 'hand-over';

export interface Dependency {
	readonly service: string;
	readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
	readonly required: boolean;
}

/** What version 19 made of the same composition, if that differs: its containers count as equal. */
interface MadeByV19 {
	/** Commands that it split differently (compose C6). */
	readonly command?: readonly string[];
	readonly entrypoint?: readonly string[];
	/** Without the keys that it did not know, and with its meaning of keys that mean something else now. */
	readonly config?: ServiceConfig;
	/** The same with the new keys, if that differs: made by earlier versions of this supervisor. */
	readonly configOfOurs?: ServiceConfig;
}

/** A composed service of a target release: everything that creating its container needs. */
export interface ServiceSpec {
	readonly identity: ServiceIdentity;
	/** Normalised image reference (spec: compose 8.1). */
	readonly reference: string;
	/** The engine's id of that image; absent until it is pulled. */
	readonly engineImageId?: string;
	readonly running: boolean;
	readonly dependsOn: readonly Dependency[];
	readonly strategy: UpdateStrategy;
	readonly handoverTimeoutMs: number;
	readonly requiresReboot: boolean;
	readonly config: ServiceConfig;
	readonly v19?: MadeByV19;
	/** Engine names of the app's networks and named volumes that the container needs before it can be created. */
	readonly networks: readonly string[];
	readonly volumes: readonly string[];
}

export type RunState = 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead' | 'removing';

/** A supervised container, read back from the engine. */
export interface ContainerView {
	readonly containerId: string;
	readonly name: string;
	readonly appId: number;
	readonly appUuid?: string;
	readonly serviceName: string;
	readonly serviceId: number;
	readonly imageId: number;
	readonly releaseId: number;
	/** Absent in names older than release uuids, and where the name's tail is ambiguous. */
	readonly commit?: string;
	/** ISO 8601, UTC. */
	readonly createdAt: string;
	readonly startedAt?: string;
	/** Its last end; absent if it never ended. */
	readonly finishedAt?: string;
	readonly runState: RunState;
	readonly exitCode: number;
	/** Restarts by the engine since the last start. */
	readonly restartCount: number;
	readonly stateError: string;
	readonly health?: string;
	/** Of its first process, as the host counts; for measurements only. */
	readonly pid?: number;
	readonly engineImageId: string;
	readonly config: ServiceConfig;
	readonly networks: readonly string[];
	readonly volumes: readonly string[];
	/** Engine names of its anonymous volumes, by path in the container. */
	readonly anonymousVolumes: Readonly<Record<string, string>>;
}

/** One field in which a container differs from the target; environment values are hidden. */
export interface FieldDifference {
	readonly field: string;
	readonly expected: string;
	readonly seen: string;
}

/**
 * Negative if the first is earlier. The engine writes nanoseconds without trailing zeros, so comparing the texts would
 * be wrong.
 */
export function compareTimes(a: string, b: string): number {
	const byMs = Date.parse(a) - Date.parse(b);
	return byMs !== 0 && !Number.isNaN(byMs) ? byMs : fractionOf(a) - fractionOf(b);
}

/** The fraction of the second, in nanoseconds. */
function fractionOf(time: string): number {
	return Number((/\.(\d{1,9})/.exec(time)?.[1] ?? '').padEnd(9, '0'));
}

/** Its process exists. */
export function isUp({ runState }: Pick<ContainerView, 'runState'>): boolean {
	return runState === 'running' || runState === 'paused' || runState === 'restarting';
}

/** The engine is removing it: it can no longer be started or stopped. */
export function isLeaving({ runState }: Pick<ContainerView, 'runState'>): boolean {
	return runState === 'removing' || runState === 'dead';
}

/** Created and never started. */
export function hasNeverRun({ runState, startedAt }: Pick<ContainerView, 'runState' | 'startedAt'>): boolean {
	return runState === 'created' && startedAt === undefined;
}

/** `web_6_7_c0ffee` (spec: compose 1). The naming scheme is an interface: the command line reads it. */
export function containerNameOf(identity: ServiceIdentity): string {
	return `${identity.serviceName}_${identity.imageId}_${identity.releaseId}_${identity.commit}`;
}

/** How often a container may be created while its name is taken, each time under another name (decision D22). */
const TEMPORARY_NAMES = 9;

/** The prefix of a container that was created while its name was taken. */
export const TEMPORARY_PREFIXES: readonly string[] = Array.from({ length: TEMPORARY_NAMES }, (_, n) =>
	temporaryNameOf('', n + 1),
);

/** `new_web_6_7_c0ffee`, then `new2_web_6_7_c0ffee` up to `new9_…`. */
export function temporaryNameOf(name: string, n: number): string {
	return `new${n === 1 ? '' : n}_${name}`;
}
