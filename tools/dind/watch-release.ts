import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError } from '../device/index.ts';
import { findCloudDevice } from './cloud.ts';
import { requireDevice } from './device-home.ts';
import { listContainers, printContainers } from './containers.ts';
import { countCrashes, findLastWords } from './supervisor.ts';
import { SupervisorApi } from './supervisor-api.ts';
import type { ApplicationStates } from './supervisor-api.ts';

const INTERVAL_MS = 200;
const QUIET_MS_MAX = 60_000;
const CRASHES_MAX = 3;

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
	const crashesBefore = countCrashes(directory);
	for (;;) {
		const apiKey = (await findCloudDevice(directory))?.apiKey;
		const api = new SupervisorApi(record.port, apiKey);
		if (!triggered && apiKey !== undefined) {
			await api.triggerUpdate();
			triggered = true;
		}
		const applications = await api.readApplications();
		for (const [name, text] of describeServices(applications, options.commit)) {
			if (printed.get(name) === text) continue;
			printed.set(name, text);
			changedAt = performance.now();
			console.log(`  ${name}: ${text}`);
		}
		const status = await api.readStatus();
		if (status?.appState === 'applied' && status.release === options.commit) break;
		checkAlive(directory, crashesBefore);
		if (performance.now() - changedAt > QUIET_MS_MAX) {
			changedAt = performance.now();
			console.log('  nothing changed for a minute; dindctl logs tells what the supervisor waits for');
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

function describeServices(applications: ApplicationStates | undefined, commit: string): readonly [string, string][] {
	const application = Object.values(applications ?? {}).find((candidate) => candidate.commit === commit);
	return Object.entries(application?.services ?? {}).map(([name, service]) => {
		const progress = service.downloadProgress;
		return [name, progress == null ? service.status : `${service.status} ${Math.floor(progress / 10) * 10} %`];
	});
}
