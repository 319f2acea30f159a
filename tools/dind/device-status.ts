import type { ServiceContainer } from './containers.ts';
import type { Forward } from './forward-services.ts';
import type { Reason } from './find-reasons.ts';
import type { ApplicationStates, SupervisorStatus } from './supervisor-api.ts';

/** What was read of a running device. Undefined: it did not answer. */
export interface StatusFacts {
	readonly engine: { readonly isUp: boolean; readonly socketPath: string };
	readonly cloud: string;
	/** The release that the stand-in cloud has for it, if it has one. */
	readonly cloudTarget: string | undefined;
	readonly supervisor: { readonly health: string; readonly address: string };
	readonly status: SupervisorStatus | undefined;
	readonly applications: ApplicationStates | undefined;
	readonly containers: readonly ServiceContainer[];
	readonly problems: readonly Reason[];
	readonly forwards: readonly Forward[];
}

interface Why {
	readonly reason?: string;
	readonly since?: string;
	readonly next_try?: string;
}

interface ServiceStatus extends Why {
	readonly name: string;
	readonly state: string;
	/** Of the state; `since` is of the reason. */
	readonly state_since?: string;
	readonly exit_code?: number;
	readonly health?: string;
	readonly restarts: number;
	readonly release?: string;
	readonly container: string;
	readonly ports: readonly { readonly port: number; readonly inside: number; readonly protocol: string }[];
}

/** As `dindctl status --json` prints it. */
export interface DeviceStatus extends Why {
	readonly device: 'running' | 'kept' | 'none';
	readonly on_target: boolean;
	readonly state?: string;
	readonly wanted?: string;
	readonly running?: string;
	readonly engine?: { readonly up: boolean; readonly socket: string };
	readonly cloud?: string;
	readonly supervisor?: { readonly health: string; readonly address: string };
	readonly services?: readonly ServiceStatus[];
	readonly problems?: readonly string[];
	readonly forwards?: readonly Forward[];
}

const TRIED_AGAIN: readonly Reason['kind'][] = ['failing', 'locked'];
const ON_TARGET = 0;
const NOT_ON_TARGET = 3;
const NO_DEVICE = 4;

export function chooseExitStatus({ device, on_target: isOnTarget }: DeviceStatus): number {
	if (device !== 'running') return NO_DEVICE;
	return isOnTarget ? ON_TARGET : NOT_ON_TARGET;
}

export function composeStatus(facts: StatusFacts): DeviceStatus {
	const { engine, cloud, supervisor, status, problems, forwards } = facts;
	const app = findApp(facts);
	const wanted = facts.cloudTarget ?? app?.commit ?? undefined;
	const isOnTarget = judge(facts, wanted);
	const services = facts.containers.map((container) => composeService(container, app?.services[container.service]));
	const missing = Object.entries(app?.services ?? {}).filter(([name]) => !services.some((each) => each.name === name));
	// The device says the same in fewer words.
	const isSaid = isOnTarget || status?.reason !== undefined;
	const why = isOnTarget ? {} : takeWhy(status?.reason === undefined ? app : status);
	return omitAbsent({
		device: 'running' as const,
		on_target: isOnTarget,
		state: describeState(facts, app?.updateStatus),
		wanted,
		running: status?.release,
		...(why.reason === undefined && !isOnTarget ? guessWhy(facts, wanted, app?.commit ?? undefined) : why),
		engine: { up: engine.isUp, socket: engine.socketPath },
		cloud,
		supervisor,
		services: [...services, ...missing.map(composeMissing)],
		problems: problems.filter(({ kind }) => !(isSaid && TRIED_AGAIN.includes(kind))).map(({ text }) => text),
		forwards,
	});
}

type AppState = ApplicationStates[string];

/** The one whose release the device's status is about; a device here has one, or is told of one at a time. */
function findApp({ applications, status, cloudTarget }: StatusFacts): AppState | undefined {
	const all = Object.values(applications ?? {});
	const isMeant = ({ commit }: AppState) => commit != null && (commit === cloudTarget || commit === status?.release);
	return all.find(({ reason }) => reason !== undefined) ?? all.find(isMeant) ?? all[0];
}

/** Everything that is wanted runs as it shall. What only could be better, such as a volume with other labels, is not counted. */
function judge(facts: StatusFacts, wanted: string | undefined): boolean {
	const { status, applications, engine } = facts;
	if (!engine.isUp || status?.appState !== 'applied' || applications === undefined) return false;
	const apps = Object.values(applications);
	if (apps.length > 0 && status.release !== wanted) return false;
	return apps.every(
		({ updateStatus, services }) =>
			updateStatus === 'done' && Object.values(services).every(({ reason }) => reason === undefined),
	);
}

function describeState({ status }: StatusFacts, updateStatus: string | undefined): string | undefined {
	return updateStatus === 'rejected' ? updateStatus : status?.appState;
}

/** Where the device itself gives no reason. */
function guessWhy(facts: StatusFacts, wanted: string | undefined, taken: string | undefined): Why {
	const { engine, supervisor, status, problems } = facts;
	if (!engine.isUp) return { reason: 'the engine does not answer' };
	if (status === undefined) return { reason: `the supervisor ${supervisor.health}` };
	const refused = problems.find(({ kind }) => kind === 'refused');
	if (refused !== undefined) return { reason: refused.text };
	if (wanted !== taken) return { reason: 'the device has not fetched its target yet' };
	return status.appState === 'applied' ? {} : { reason: 'the device is changing to its release' };
}

function composeService(container: ServiceContainer, known: AppState['services'][string] | undefined): ServiceStatus {
	const { service, state, since, exitCode, health, restarts, commit, name, ports } = container;
	return omitAbsent({
		name: service,
		state,
		state_since: since,
		exit_code: state === 'running' || since === undefined ? undefined : exitCode,
		health,
		restarts,
		release: commit,
		...takeWhy(known),
		container: name,
		ports: ports.map(({ port, portInside, protocol }) => ({ port, inside: portInside, protocol })),
	});
}

/** In the release, without a container yet. */
function composeMissing([name, service]: readonly [string, AppState['services'][string]]): ServiceStatus {
	return { name, state: service.status.toLowerCase(), restarts: 0, ...takeWhy(service), container: '', ports: [] };
}

function takeWhy(from: { readonly [K in keyof Why]: Why[K] | undefined } | undefined): Why {
	return omitAbsent({ reason: from?.reason, since: from?.since, next_try: from?.next_try });
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
	[K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function omitAbsent<T extends object>(members: T): Present<T> {
	// The entries that stay have the values that the type says.
	return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
