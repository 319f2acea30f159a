import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError } from '../device/index.ts';
import { findCloudDevice } from './cloud.ts';
import { requireDevice } from './device-home.ts';
import { listContainers, printContainers } from './containers.ts';
import { countCrashes, findLastWords, readReasons } from './supervisor.ts';
import { SupervisorApi } from './supervisor-api.ts';
import type { ApplicationState, ApplicationStates } from './supervisor-api.ts';
import type { Reason } from './find-reasons.ts';

const INTERVAL_MS = 200;
const QUIET_MS_MAX = 60_000;
const CRASHES_MAX = 3;
/** For a moment the device may still speak of the release before. */
const REJECTED_MS_MIN = 2_000;

/** Follows the device, a line per change, until it runs the release and has nothing left to do. */
export async function watchRelease(options: {
	readonly directory: string;
	readonly commit: string;
	/** Whether to ask the device to look for its target at once; a new device looks by itself. */
	readonly trigger: boolean;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { directory, signal } = options;
	const { record, host } = requireDevice(directory);
	const printed = new Map<string, string>();
	let triggered = !options.trigger;
	let changedAt = performance.now();
	let rejectedAt: number | undefined;
	const crashesBefore = countCrashes(directory);
	for (;;) {
		const apiKey = (await findCloudDevice(directory))?.apiKey;
		const api = new SupervisorApi(record.port, apiKey);
		if (!triggered && apiKey !== undefined) {
			await api.triggerUpdate();
			triggered = true;
		}
		const applications = await api.readApplications();
		const reasons = readReasons(directory);
		const lines = [
			...describeServices(applications, options.commit).map(([name, text]) => [name, `${name}: ${text}`] as const),
			...reasons.filter(({ kind }) => kind !== 'refused').map(({ text }) => [text, text] as const),
		];
		for (const [key, line] of lines) {
			if (printed.get(key) === line) continue;
			printed.set(key, line);
			changedAt = performance.now();
			console.log(`  ${line}`);
		}
		const status = await api.readStatus();
		if (status?.appState === 'applied' && status.release === options.commit) break;
		const isRejected = findApplication(applications, options.commit)?.updateStatus === 'rejected';
		rejectedAt = isRejected ? (rejectedAt ?? performance.now()) : undefined;
		checkTaken(reasons, performance.now() - (rejectedAt ?? Infinity) > REJECTED_MS_MIN);
		checkAlive(directory, crashesBefore);
		if (performance.now() - changedAt > QUIET_MS_MAX) {
			changedAt = performance.now();
			console.log('  nothing changed for a minute; dindctl logs shows what the supervisor waits for');
		}
		await sleep(INTERVAL_MS, undefined, { signal });
	}
	console.log(`On target: release ${options.commit}`);
	printContainers(await listContainers(host.socketPath));
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

/** What the device refuses it will not run later either. */
function checkTaken(reasons: readonly Reason[], isRejected: boolean): void {
	const refused = reasons.find(({ kind }) => kind === 'refused');
	if (refused === undefined && !isRejected) return;
	const problems = reasons.filter(({ kind }) => kind === 'problem').map(({ text }) => text);
	const what = refused?.text ?? `The device refuses the release: ${problems.join('; ') || 'its log says why'}`;
	throw new DeviceError(what, 'Correct the compose file and repeat');
}

function findApplication(applications: ApplicationStates | undefined, commit: string): ApplicationState | undefined {
	return Object.values(applications ?? {}).find((candidate) => candidate.commit === commit);
}

function describeServices(applications: ApplicationStates | undefined, commit: string): readonly [string, string][] {
	const application = findApplication(applications, commit);
	return Object.entries(application?.services ?? {}).map(([name, service]) => {
		const progress = service.downloadProgress;
		return [name, progress == null ? service.status : `${service.status} ${Math.floor(progress / 10) * 10} %`];
	});
}
