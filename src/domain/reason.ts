import { describeEnd, findCause, type CauseFacts } from './failure-cause.ts';
import type { Instant, WaitReason } from './plan.ts';
import type { StepKind } from './step.ts';

/** Why the device, an app or a service is not as its user wants it (spec: v3-api 3). */
export interface Reason extends Subject {
	readonly kind: Finding['kind'];
	/** In the user's words: services, apps, ports and files as they are called there. */
	readonly sentence: string;
	/** Survives passes that find the same. */
	readonly since: Instant;
	/** Absent: nothing is tried by itself, or it is being tried. */
	readonly nextTry?: Instant | undefined;
}

/** What a reason is about. Without an app: the device. */
export interface Subject {
	readonly appId?: number | undefined;
	readonly serviceName?: string | undefined;
}

/** What was found in the last pass: a step that waits, a rejection, a problem, or a service that is not well. */
export type Finding =
	| WaitReason
	| { readonly kind: 'unseen' | ProblemKind; readonly path: string; readonly message: string }
	| {
			readonly kind: 'restarting';
			readonly containerId: string;
			readonly exitCode: number;
			readonly error: string;
	  }
	| { readonly kind: 'ended'; readonly exitCode: number; readonly error: string }
	| { readonly kind: 'unhealthy' };

/** What no step solves. */
export type ProblemKind = 'rejected' | 'unreadable' | 'volume-differs' | 'host-os' | 'supervisor';

export interface SentenceFacts extends CauseFacts {
	/** The service, network or app, as its user calls it. */
	readonly name: string;
	/** The step that waits or fails. */
	readonly step?: StepKind | undefined;
}

interface ReasonRow<F> {
	/** Of several reasons of one subject the highest counts. */
	readonly rank: number;
	readonly sentence: (finding: F, facts: SentenceFacts) => string;
	/** A reason of the same kind with another text here is another reason; numbers that grow are none. */
	readonly identity?: (finding: F) => string;
	/** The user's log gets a line when it has held for a while, because no other line says it. */
	readonly isAnnounced?: true;
	/** It comes and goes by itself, and is gone only after this time. */
	readonly lingerMs?: number;
}

type ReasonTable = { readonly [Kind in Finding['kind']]: ReasonRow<FindingOf<Kind>> };
/** Also of kinds that share a member of the union. */
type FindingOf<Kind> = Finding extends infer One
	? One extends { readonly kind: infer Kinds }
		? Kind extends Kinds
			? One
			: never
		: never
	: never;

/** Pauses of the engine between restarts grow to a minute. */
const RESTART_LINGER_MS = 120_000;

/** Every kind of wait, rejection, problem and failure: a kind without a row does not compile. */
const REASONS: ReasonTable = {
	unseen: { rank: 100, sentence: ({ message }) => message },
	rejected: {
		rank: 90,
		sentence: ({ path, message }, { name }) => `the release of ${name} is refused: ${message}${place(path)}`,
		identity: ({ path, message }) => `${path} ${message}`,
	},
	backoff: {
		rank: 80,
		sentence: ({ error }, facts) =>
			`${facts.step === undefined ? facts.name : FAILED[facts.step](facts.name)}: ${explain(error, facts)}`,
		identity: ({ error }) => findCause(error)?.kind ?? error,
	},
	'locked-by-user': {
		rank: 75,
		sentence: ({ error }, { name }) => `${name} is not changed: updates are locked${lockHolder(error)}`,
		identity: ({ error }) => error,
	},
	'crash-loop': {
		rank: 74,
		sentence: (crash, { name }) => `${name} ends by itself (${sayEnd(crash)}), and is started again after a pause`,
		identity: ({ exitCode }) => String(exitCode),
		isAnnounced: true,
	},
	restarting: {
		rank: 73,
		sentence: (end, { name }) => `${name} ends by itself (${sayEnd(end)}), and the engine starts it again`,
		identity: ({ exitCode }) => String(exitCode),
		isAnnounced: true,
		lingerMs: RESTART_LINGER_MS,
	},
	stuck: {
		rank: 72,
		sentence: ({ differences }, { name }) =>
			`${name} still differs after it was changed: ${differences.map(({ field }) => field).join(', ')}`,
		identity: ({ differences }) => differences.map(({ field }) => field).join(),
		isAnnounced: true,
	},
	ineffective: {
		rank: 71,
		sentence: ({ reboots }) => `${reboots} reboots did not apply the change: no more are made until the target changes`,
	},
	unreadable: {
		rank: 70,
		sentence: ({ message, path }) => `an object on the engine cannot be read: ${message}${place(path)}`,
		identity: ({ path }) => path,
	},
	'volume-differs': {
		rank: 20,
		sentence: ({ message, path }) => `${message}${place(path)}`,
		identity: ({ path }) => path,
	},
	'given-up': {
		rank: 68,
		sentence: ({ error, attempts }, facts) =>
			`${facts.step === undefined ? facts.name : FAILED[facts.step](facts.name)}, ${attempts} attempts: ${error}`,
		identity: ({ error }) => error,
	},
	'host-os': { rank: 18, sentence: ({ message }) => message, identity: ({ message }) => message },
	supervisor: {
		rank: 19,
		sentence: ({ message }) => `the supervisor is not updated: ${message}`,
		identity: ({ message }) => message,
	},
	dependency: {
		rank: 60,
		sentence: ({ service, condition }, { name }) => `${name} waits ${sayCondition(service, condition)}`,
		identity: ({ service, condition }) => `${service} ${condition}`,
		isAnnounced: true,
	},
	unhealthy: { rank: 58, sentence: (_, { name }) => `${name} runs, and its health check fails`, isAnnounced: true },
	engine: {
		rank: 57,
		sentence: (_, { name }) => `${name} waits until the container engine has been steady for a while`,
	},
	'not-yet': {
		rank: 56,
		sentence: ({ because }, { name }) => `${name} waits for something that is still being made: ${because}`,
		identity: ({ because }) => because,
	},
	network: {
		rank: 50,
		sentence: ({ name: network }, { name }) => `${name} waits for network ${network}`,
		identity: nameOf,
	},
	volume: {
		rank: 50,
		sentence: ({ name: volume }, { name }) => `${name} waits for volume ${volume}`,
		identity: nameOf,
	},
	container: {
		rank: 48,
		sentence: ({ serviceName }, { name }) => `${name} waits until the old container of ${serviceName} is gone`,
		identity: ({ serviceName }) => serviceName,
	},
	image: {
		rank: 46,
		sentence: ({ services }, { name }) => `${name} waits for the images of ${services.join(', ')}`,
		identity: ({ services }) => services.join(),
	},
	'taking-locks': { rank: 44, sentence: (_, { name }) => `${name} waits for the update locks of its app` },
	ended: {
		rank: 42,
		sentence: (end, { name }) => `${name} has ended (${sayEnd(end)}), and its restart policy does not start it again`,
		identity: ({ exitCode }) => String(exitCode),
	},
	limit: { rank: 10, sentence: (_, { name }) => `${name} waits for its turn` },
	busy: { rank: 9, sentence: (_, { name }) => `${name} is being changed` },
	postponed: { rank: 0, sentence: (_, { name }) => `${name} was changed a short while ago` },
};

/** What fails, by the kind of step, before the colon. */
const FAILED: Readonly<Record<StepKind, (name: string) => string>> = {
	pullImage: (name) => `the image of ${name} cannot be downloaded`,
	recordImage: (name) => `the image of ${name} cannot be recorded`,
	createNetwork: (name) => `network ${name} cannot be created`,
	removeNetwork: (name) => `network ${name} cannot be removed`,
	createVolume: (name) => `volume ${name} cannot be created`,
	removeVolume: (name) => `volume ${name} cannot be removed`,
	cleanupVolume: (name) => `volume ${name} cannot be removed`,
	restoreVolumes: (name) => `the backup of volumes of ${name} cannot be restored`,
	createContainer: (name) => `${name} cannot be installed`,
	startContainer: (name) => `${name} cannot start`,
	unpauseContainer: (name) => `${name} cannot continue`,
	stopContainer: (name) => `${name} cannot be stopped`,
	restartContainer: (name) => `${name} cannot be restarted`,
	removeContainer: (name) => `the old container of ${name} cannot be removed`,
	renameContainer: (name) => `the container of ${name} cannot be renamed`,
	handOver: (name) => `${name} cannot hand over`,
	finishHandOver: (name) => `${name} cannot hand over`,
	takeLock: (name) => `the update locks of ${name} cannot be taken`,
	releaseLock: (name) => `the update locks of ${name} cannot be released`,
	recordCommit: (name) => `the release of ${name} cannot be recorded`,
	ensureSupervisorNetwork: () => 'the network of the supervisor cannot be created',
	ensureExtraFirmwareVolume: () => 'the volume for firmware cannot be set up',
	changeSettings: () => 'the settings of the device cannot be changed',
	changeBootConfig: () => 'the boot configuration cannot be changed',
	takeEngineSnapshot: () => 'local mode cannot be entered',
	leaveLocalMode: () => 'local mode cannot be left',
	setVpn: () => 'the VPN cannot be switched',
	markReboot: () => 'the reboot cannot be scheduled',
	giveUpReboots: () => 'the reboots cannot be recorded',
	forgetReboots: () => 'the reboots cannot be recorded',
	reboot: () => 'the device cannot reboot',
	shutdown: () => 'the device cannot shut down',
	changeHostConfig: () => 'hostname or proxy cannot be changed',
	fetchHostUpdater: () => 'the updater of the host OS cannot be fetched',
	updateHost: () => 'the host OS cannot be updated',
	recordHostRelease: () => 'the release of the host OS cannot be recorded',
	updateSupervisor: () => 'the supervisor cannot be updated',
	forgetImage: () => 'an old image cannot be removed',
	cleanupImage: () => 'an old image cannot be removed',
};

/** Longer texts of an engine are cut. */
const LENGTH_MAX = 400;

interface Described extends Pick<ReasonRow<never>, 'rank' | 'isAnnounced' | 'lingerMs'> {
	readonly kind: Finding['kind'];
	/** Equal for findings that say the same. */
	readonly key: string;
	readonly sentence: string;
}

export function describeFinding(finding: Finding, facts: SentenceFacts): Described {
	// The row of this very kind; the compiler cannot follow the index through the union.
	const row = REASONS[finding.kind] as ReasonRow<Finding>;
	const { rank, isAnnounced, lingerMs } = row;
	return {
		kind: finding.kind,
		key: `${finding.kind} ${facts.step ?? ''} ${row.identity?.(finding) ?? ''}`,
		sentence: shorten(row.sentence(finding, facts)),
		rank,
		...(isAnnounced === undefined ? {} : { isAnnounced }),
		...(lingerMs === undefined ? {} : { lingerMs }),
	};
}

export function shorten(text: string): string {
	const line = text.replaceAll('\n', '; ').trim();
	return line.length <= LENGTH_MAX ? line : `${line.slice(0, LENGTH_MAX - 1)}…`;
}

function explain(error: string, facts: CauseFacts): string {
	return findCause(error, facts)?.sentence ?? error;
}

/** The output of a service is not shown: it may hold anything. */
function sayEnd(end: {
	readonly exitCode: number;
	readonly error: string;
	readonly lines?: readonly string[];
}): string {
	return findCause(end.error)?.sentence ?? describeEnd(end.exitCode, end.lines?.at(-1));
}

function sayCondition(service: string, condition: string): string {
	switch (condition) {
		case 'service_healthy':
			return `until ${service} is healthy`;
		case 'service_completed_successfully':
			return `until ${service} has completed`;
		case 'service_started':
			return `until ${service} has started`;
		default:
			return `for ${service}, whose namespace it shares`;
	}
}

/** Clients match the text of the error, so it is the place where the service stands (spec: planner 9). */
function lockHolder(error: string): string {
	const service = /\bservice: ([\w.-]+) \}/.exec(error)?.[1];
	return service === undefined ? ` (${error})` : ` by service ${service}, through its lock file`;
}

/** `services.web.ports[0]`, without what is the same in all paths. */
function place(path: string): string {
	const short = path.replace(/^apps\.\w{1,64}\.(?:releases\.\w{1,64}\.)?/, '');
	return short === '' ? '' : ` (${short})`;
}

function nameOf({ name }: { readonly name: string }): string {
	return name;
}
