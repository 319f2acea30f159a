import { CAUSE_HELP } from './cause-help.ts';
import { FAILED } from './failed-step.ts';
import { describeEnd, findCause, type CauseFacts } from './failure-cause.ts';
import type { CloudCall, Finding, SubjectState } from './finding.ts';
import type { HelpTopic } from './help-topic.ts';
import type { StepKind } from './step.ts';

export interface SentenceFacts extends CauseFacts {
	/** The service, network or app, as its user calls it. */
	readonly name: string;
	/** The step that waits or fails. */
	readonly step?: StepKind | undefined;
}

export interface ReasonRow<F> {
	/** Of several reasons of one subject the highest counts. */
	readonly rank: number;
	/** In the user's words: services, apps, ports and files as they are called there. */
	readonly sentence: (finding: F, facts: SentenceFacts) => string;
	/** A reason of the same kind with another text here is another reason; numbers that grow are none. */
	readonly identity?: (finding: F) => string;
	/** The user's log gets a line when it has held for a while, because no other line says it. */
	readonly isAnnounced?: true;
	/** It comes and goes by itself, and is gone only after this time. */
	readonly lingerMs?: number;
	/** Where its subject stands meanwhile. */
	readonly state: SubjectState;
	/** Nothing that the supervisor does by itself ends it. */
	readonly isOthers?: true;
	/** What ends it, and what its user can do. */
	readonly endsWhen: string | ((finding: F) => string);
	readonly help: HelpTopic | ((finding: F) => HelpTopic);
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
export const REASONS: ReasonTable = {
	unseen: {
		rank: 100,
		sentence: ({ message }) => message,
		state: 'unknown',
		endsWhen: 'the container engine answers',
		help: 'the-container-engine-does-not-answer',
	},
	rejected: {
		rank: 90,
		sentence: ({ path, message }, { name }) => `the release of ${name} is refused: ${message}${place(path)}`,
		identity: ({ path, message }) => `${path} ${message}`,
		state: 'rejected',
		isOthers: true,
		endsWhen: 'a release comes that this device can run',
		help: 'a-release-is-refused',
	},
	backoff: {
		rank: 80,
		sentence: ({ error }, facts) =>
			`${facts.step === undefined ? facts.name : FAILED[facts.step](facts.name)}: ${explain(error, facts)}`,
		identity: ({ error }) => findCause(error)?.kind ?? error,
		state: 'failing',
		endsWhen: ({ error }) => helpOfCause(error)?.endsWhen ?? 'a try succeeds; or a release corrects it',
		help: ({ error }) => helpOfCause(error)?.help ?? 'a-step-fails',
	},
	'locked-by-user': {
		rank: 75,
		sentence: ({ error }, { name }) => `${name} is not changed: updates are locked${lockHolder(error)}`,
		identity: ({ error }) => error,
		state: 'waiting',
		isOthers: true,
		endsWhen: 'the lock file is removed; or POST /v1/update with force',
		help: 'updates-are-locked',
	},
	'crash-loop': {
		rank: 74,
		sentence: (crash, { name }) => `${name} ends by itself (${sayEnd(crash)}), and is started again after a pause`,
		identity: ({ exitCode }) => String(exitCode),
		isAnnounced: true,
		state: 'failing',
		isOthers: true,
		endsWhen: 'it keeps running; or a release corrects it',
		help: 'a-service-ends-by-itself',
	},
	restarting: {
		rank: 73,
		sentence: (end, { name }) => `${name} ends by itself (${sayEnd(end)}), and the engine starts it again`,
		identity: ({ exitCode }) => String(exitCode),
		isAnnounced: true,
		lingerMs: RESTART_LINGER_MS,
		state: 'failing',
		isOthers: true,
		endsWhen: 'it keeps running for two minutes; or a release corrects it',
		help: 'a-service-ends-by-itself',
	},
	stuck: {
		rank: 72,
		sentence: ({ differences }, { name }) =>
			`${name} still differs after it was changed: ${differences.map(({ field }) => field).join(', ')}`,
		identity: ({ differences }) => differences.map(({ field }) => field).join(),
		isAnnounced: true,
		state: 'failing',
		isOthers: true,
		endsWhen: 'the engine shows what was asked for; or a release asks for something else',
		help: 'a-change-has-no-effect',
	},
	ineffective: {
		rank: 71,
		sentence: ({ reboots }) => `${reboots} reboots did not apply the change: no more are made until the target changes`,
		state: 'failing',
		isOthers: true,
		endsWhen: 'the target changes',
		help: 'reboots-have-no-effect',
	},
	unreadable: {
		rank: 70,
		sentence: ({ message, path }) => `an object on the engine cannot be read: ${message}${place(path)}`,
		identity: ({ path }) => path,
		state: 'failing',
		isOthers: true,
		endsWhen: 'the object is corrected or removed by hand',
		help: 'an-object-on-the-engine-cannot-be-read',
	},
	'volume-differs': {
		rank: 20,
		sentence: ({ message, path }) => `${message}${place(path)}`,
		identity: ({ path }) => path,
		state: 'on_target', // the release is in force
		isOthers: true,
		endsWhen: 'the app is purged, which removes the data; or the volume gets another name',
		help: 'a-volume-differs-and-is-kept',
	},
	'given-up': {
		rank: 68,
		sentence: ({ error, attempts }, facts) =>
			`${facts.step === undefined ? facts.name : FAILED[facts.step](facts.name)}, ${attempts} attempts: ${error}`,
		identity: ({ error }) => error,
		state: 'failing',
		isOthers: true,
		endsWhen: 'a day has passed; or another release comes; or an update with force',
		help: 'the-host-os-is-not-updated',
	},
	'host-os': {
		rank: 18,
		sentence: ({ message }) => message,
		identity: ({ message }) => message,
		state: 'failing',
		isOthers: true,
		endsWhen: 'a release of the host OS comes that this device can install',
		help: 'the-host-os-is-not-updated',
	},
	supervisor: {
		rank: 19,
		sentence: ({ message }) => `the supervisor is not updated: ${message}`,
		identity: ({ message }) => message,
		state: 'failing',
		isOthers: true,
		endsWhen: 'another release of the supervisor is wanted',
		help: 'the-supervisor-is-not-updated',
	},
	dependency: {
		rank: 60,
		sentence: ({ service, condition }, { name }) => `${name} waits ${sayCondition(service, condition)}`,
		identity: ({ service, condition }) => `${service} ${condition}`,
		isAnnounced: true,
		state: 'waiting',
		endsWhen: ({ service, condition }) => sayConditionMet(service, condition),
		help: 'a-service-waits-for-another-one',
	},
	unhealthy: {
		rank: 58,
		sentence: (_, { name }) => `${name} runs, and its health check fails`,
		isAnnounced: true,
		state: 'failing',
		isOthers: true,
		endsWhen: 'its health check succeeds; or a release corrects it',
		help: 'a-health-check-fails',
	},
	engine: {
		rank: 57,
		sentence: (_, { name }) => `${name} waits until the container engine has been steady for a while`,
		state: 'waiting',
		endsWhen: 'the engine has answered for two seconds',
		help: 'an-update-is-under-way',
	},
	'not-yet': {
		rank: 56,
		sentence: ({ because }, { name }) => `${name} waits for something that is still being made: ${because}`,
		identity: ({ because }) => because,
		state: 'waiting',
		endsWhen: 'it is made; the supervisor asks again by itself',
		help: 'an-update-is-under-way',
	},
	network: {
		rank: 50,
		sentence: ({ name: network }, { name }) => `${name} waits for network ${network}`,
		identity: nameOf,
		state: 'waiting',
		endsWhen: ({ name }) => `network ${name} is made`,
		help: 'an-update-is-under-way',
	},
	volume: {
		rank: 50,
		sentence: ({ name: volume }, { name }) => `${name} waits for volume ${volume}`,
		identity: nameOf,
		state: 'waiting',
		endsWhen: ({ name }) => `volume ${name} is made`,
		help: 'an-update-is-under-way',
	},
	container: {
		rank: 48,
		sentence: ({ serviceName }, { name }) => `${name} waits until the old container of ${serviceName} is gone`,
		identity: ({ serviceName }) => serviceName,
		state: 'waiting',
		endsWhen: 'the engine has removed the old container; a removal that takes long is forced',
		help: 'a-service-waits-for-another-one',
	},
	image: {
		rank: 46,
		sentence: ({ services }, { name }) => `${name} waits for the images of ${services.join(', ')}`,
		identity: ({ services }) => services.join(),
		state: 'waiting',
		endsWhen: 'the images are downloaded',
		help: 'an-update-is-under-way',
	},
	'taking-locks': {
		rank: 44,
		sentence: (_, { name }) => `${name} waits for the update locks of its app`,
		state: 'waiting',
		endsWhen: 'the supervisor has the update locks',
		help: 'updates-are-locked',
	},
	ended: {
		rank: 42,
		sentence: (end, { name }) => `${name} has ended (${sayEnd(end)}), and its restart policy does not start it again`,
		identity: ({ exitCode }) => String(exitCode),
		state: 'failing',
		isOthers: true,
		endsWhen: 'it is started through the API; or a release comes',
		help: 'a-service-ends-by-itself',
	},
	'cloud-refuses': {
		rank: 17,
		sentence: (failure) => `${CALLS[failure.call]}: ${sayCloud(failure)}`,
		identity: ({ call, problem, status }) => `${call} ${problem} ${status ?? ''}`,
		state: 'failing',
		isOthers: true,
		endsWhen: ({ call }) =>
			call === 'report' ? 'the cloud takes the report' : 'the cloud accepts this device: its key, and that it exists',
		help: ({ call }) => (call === 'report' ? 'the-cloud-refuses-reports' : 'the-cloud-refuses-the-device'),
	},
	'target-unusable': {
		rank: 16,
		sentence: ({ lines }) => `the target that the cloud sent cannot be used: ${lines[0] ?? 'it is no target'}`,
		identity: ({ lines }) => lines.join(),
		state: 'failing',
		isOthers: true,
		endsWhen: 'the cloud sends another target; until then the one before it is in force',
		help: 'the-target-of-the-cloud-cannot-be-used',
	},
	'report-part-refused': {
		rank: 15,
		sentence: ({ parts }) => `the cloud refuses a part of the report: ${parts.join(', ')}`,
		identity: ({ parts }) => parts.join(),
		state: 'failing',
		isOthers: true,
		endsWhen: 'the cloud takes it; the rest arrives meanwhile',
		help: 'the-cloud-refuses-reports',
	},
	'cloud-away': {
		rank: 14,
		sentence: (failure) => `${CALLS[failure.call]}: ${sayCloud(failure)}`,
		identity: ({ call }) => call, // an outage shows itself in several ways
		state: 'waiting',
		endsWhen: 'the cloud answers; the stored target is in force until then',
		help: 'the-cloud-cannot-be-reached',
	},
	limit: {
		rank: 10,
		sentence: (_, { name }) => `${name} waits for its turn`,
		state: 'changing',
		endsWhen: 'an earlier step has ended',
		help: 'an-update-is-under-way',
	},
	busy: {
		rank: 9,
		sentence: (_, { name }) => `${name} is being changed`,
		state: 'changing',
		endsWhen: 'the step has ended',
		help: 'an-update-is-under-way',
	},
	postponed: {
		rank: 0,
		sentence: (_, { name }) => `${name} was changed a short while ago`,
		state: 'on_target',
		endsWhen: 'some time has passed',
		help: 'an-update-is-under-way',
	},
};

/** What does not succeed, before the colon. */
const CALLS: Readonly<Record<CloudCall, string>> = {
	register: 'the device is not registered with its cloud',
	target: 'the target cannot be fetched',
	report: 'the state of the device is not reported',
};

function sayCloud({
	problem,
	status,
	said,
}: Extract<Finding, { readonly kind: 'cloud-away' | 'cloud-refuses' }>): string {
	return `${problem}${status === undefined ? '' : ` (${status})`}${said === undefined ? '' : `: ${said}`}`;
}

function helpOfCause(error: string) {
	const cause = findCause(error);
	return cause === undefined ? undefined : CAUSE_HELP[cause.kind];
}

function sayConditionMet(service: string, condition: string): string {
	switch (condition) {
		case 'service_healthy':
			return `the health check of ${service} succeeds`;
		case 'service_completed_successfully':
			return `${service} ends with code 0`;
		case 'service_started':
			return `${service} starts`;
		default:
			return `${service} runs`;
	}
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
