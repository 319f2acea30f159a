import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError } from '../device/index.ts';
import { findCloudDevice } from './cloud.ts';
import { listContainers } from './containers.ts';
import type { ServiceContainer } from './containers.ts';
import { requireDevice } from './device-home.ts';
import { describeForwards, forwardServices } from './forward-services.ts';
import { BEGINNING, judgeRelease } from './judge-release.ts';
import type { Judgement, Look } from './judge-release.ts';
import { countCrashes, findLastWords, readReasons } from './supervisor.ts';
import { SupervisorApi } from './supervisor-api.ts';
import type { ApplicationState, ApplicationStates } from './supervisor-api.ts';
import { formatTable } from './terminal.ts';

export const STABLE_MS = 10_000;
const INTERVAL_MS = 200;
const QUIET_MS_MAX = 60_000;
/** What is over sooner is the usual course of an update. */
const REASON_MS_MIN = 2_000;
const CRASHES_MAX = 3;

/** The device is well, and its release is not. */
export class ReleaseError extends DeviceError {
	override readonly name = 'ReleaseError';
}

interface WatchRelease {
	readonly directory: string;
	readonly commit: string;
	/** Whether to ask the device to look for its target at once; a new device looks by itself. */
	readonly trigger: boolean;
	/** How long it has to run steadily. */
	readonly stableMs: number;
	readonly signal: AbortSignal;
}

/** Follows the device, a line per change, until it runs the release steadily, or will not run it. */
export async function watchRelease(options: WatchRelease): Promise<void> {
	const { directory, commit, stableMs, signal } = options;
	const { record, host } = requireDevice(directory);
	const print = printChanges();
	let triggered = !options.trigger;
	let judgement: Judgement = BEGINNING;
	const crashesBefore = countCrashes(directory);
	for (;;) {
		const apiKey = record.fleet === undefined ? undefined : (await findCloudDevice(directory))?.apiKey;
		const api = new SupervisorApi(record.port, apiKey);
		if (!triggered && apiKey !== undefined) {
			await api.triggerUpdate();
			triggered = true;
		}
		const look = await lookAt({ directory, commit, api, socketPath: host.socketPath, print });
		const before = judgement.verdict.kind;
		judgement = judgeRelease(judgement, look, stableMs);
		const { verdict } = judgement;
		if (verdict.kind === 'stable') break;
		if (verdict.kind === 'settling' && before !== 'settling')
			print(`on target; ${stableMs / 1000} more seconds show whether it lasts`);
		checkEnd(verdict, commit);
		checkAlive(directory, crashesBefore);
		print.remind();
		await sleep(INTERVAL_MS, undefined, { signal });
	}
	console.log(`On target: release ${commit}`);
	printContainers(await listContainers(host.socketPath));
	printForwards(await forwardServices(directory, host, record.home));
}

function checkEnd(verdict: Judgement['verdict'], commit: string): void {
	if (verdict.kind === 'rejected') throw new ReleaseError(verdict.reason, 'Correct the compose file and repeat');
	if (verdict.kind !== 'failed') return;
	const remedy = 'See dindctl status, or release a corrected file';
	throw new ReleaseError(`Release ${commit} does not run: ${verdict.reason}`, remedy);
}

/** Prints what is new, and after a while of nothing says where to look. */
function printChanges() {
	const printed = new Set<string>();
	let changedAt = performance.now();
	// Each once: a step that is tried again and again looks the same every time.
	const print = (line: string) => {
		if (printed.has(line)) return;
		printed.add(line);
		changedAt = performance.now();
		console.log(`  ${line}`);
	};
	const reasonsSince = new Map<string, number>();
	const lasting = (reasons: ReadonlySet<string>) => {
		const now = performance.now();
		for (const known of reasonsSince.keys()) if (!reasons.has(known)) reasonsSince.delete(known);
		for (const reason of reasons) {
			const since = reasonsSince.get(reason) ?? now;
			reasonsSince.set(reason, since);
			if (now - since >= REASON_MS_MIN) print(reason);
		}
	};
	const remind = () => {
		if (performance.now() - changedAt <= QUIET_MS_MAX) return;
		changedAt = performance.now();
		console.log('  nothing changed for a minute; dindctl status says what the device waits for');
	};
	return Object.assign(print, { lasting, remind });
}

/** Reads how the device is, and prints what has changed. */
async function lookAt(options: {
	readonly directory: string;
	readonly commit: string;
	readonly api: SupervisorApi;
	readonly socketPath: string;
	readonly print: ReturnType<typeof printChanges>;
}): Promise<Look> {
	const { directory, commit, api, socketPath, print } = options;
	const [applications, status, containers] = await Promise.all([
		api.readApplications(),
		api.readStatus(),
		listContainers(socketPath).catch((): readonly ServiceContainer[] => []), // an engine that is away is reported by the supervisor
	]);
	const reasons = readReasons(directory);
	const application = findApplication(applications, commit);
	for (const [name, text] of describeServices(application)) print(`${name}: ${text}`);
	for (const { text } of reasons.filter(({ kind }) => kind === 'ignored' || kind === 'problem')) print(text);
	const services = Object.entries(application?.services ?? {});
	const serviceReasons = services.flatMap(([name, { reason }]) => (reason === undefined ? [] : [[name, reason]]));
	const all = [application?.reason, ...serviceReasons.map(([, reason]) => reason)];
	print.lasting(new Set(all.filter((reason) => reason !== undefined)));
	return {
		atMs: performance.now(),
		isApplied: status?.appState === 'applied' && status.release === commit,
		isRejected: application?.updateStatus === 'rejected',
		containers: containers.filter((container) => container.commit === undefined || container.commit === commit),
		reasons,
		serviceReasons: Object.fromEntries(serviceReasons) as Record<string, string>,
		appReason: application?.reason,
	};
}

/** For a cloud we cannot ask: until the supervisor answers and is content with itself. */
export async function waitForSupervisor(options: {
	readonly directory: string;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { directory, signal } = options;
	const api = new SupervisorApi(requireDevice(directory).record.port, undefined);
	const crashesBefore = countCrashes(directory);
	while (!((await api.isUp()) && (await api.isHealthy()))) {
		checkAlive(directory, crashesBefore);
		await sleep(INTERVAL_MS, undefined, { signal });
	}
}

function checkAlive(directory: string, crashesBefore: number): void {
	requireDevice(directory);
	if (countCrashes(directory) - crashesBefore < CRASHES_MAX) return;
	throw new DeviceError(`The supervisor keeps ending: ${findLastWords(directory)}`, 'Correct it and repeat');
}

function findApplication(applications: ApplicationStates | undefined, commit: string): ApplicationState | undefined {
	return Object.values(applications ?? {}).find((candidate) => candidate.commit === commit);
}

function describeServices(application: ApplicationState | undefined): readonly [string, string][] {
	return Object.entries(application?.services ?? {}).map(([name, service]) => {
		const progress = service.downloadProgress;
		return [name, progress == null ? service.status : `${service.status} ${Math.floor(progress / 10) * 10} %`];
	});
}

function printContainers(containers: readonly ServiceContainer[]): void {
	const rows = containers.map(({ service, state, health = '', name }) => [`  ${service}`, state, health, name]);
	for (const line of formatTable(rows)) console.log(line);
}

function printForwards(forwards: Parameters<typeof describeForwards>[0]): void {
	for (const line of describeForwards(forwards)) console.log(line);
}
