import { fetchWholeImage } from '../../application-manager/index.ts';
import { isSameRelease, type HostUpdateRecord } from '../../domain/host-os.ts';
import type { HostRelease } from '../../domain/host-release.ts';
import type { StepOf } from '../../domain/step.ts';
import type { ReportOnce } from '../../lib/report-once.ts';
import { EngineError, type Engine, type RegistryLogin } from '../../ports/engine.ts';
import type { ExecutionContext, Executors } from '../../ports/executors.ts';
import type { ContainerFiles, HostUpdateMarks, HostUpdateStore, UpdaterFolder } from '../../ports/host-updates.ts';
import type { UnitJournal } from '../../ports/journal.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { SystemBusError } from '../../ports/system-units.ts';
import type { TransientUnits, UnitEnd } from '../../ports/transient-units.ts';

export interface HostOsExecutorOptions {
	readonly engine: Pick<Engine, 'pullImage' | 'createContainer' | 'removeContainer' | 'removeImage'>;
	readonly registryLogin: () => Promise<Omit<RegistryLogin, 'serveraddress'> | undefined>;
	readonly hostOs: HostOsPorts;
	readonly log: Log;
	readonly systemLog: SystemLog;
	readonly failures: ReportOnce;
}

export interface HostOsPorts {
	readonly records: HostUpdateStore;
	readonly marks: HostUpdateMarks;
	readonly folder: UpdaterFolder;
	readonly files: ContainerFiles;
	readonly units: TransientUnits;
	readonly journal: UnitJournal;
	/** No updater can be started on this device, or one can again. */
	readonly support: { setUnsupported(reason: string): void; setSupported(): void };
}

type HostOsExecutors = Pick<Executors, 'fetchHostUpdater' | 'updateHost' | 'recordHostRelease'>;

/** Names that others rely on (spec: host-update 3). */
const CONTAINER = 'balenahup';
const UNIT = 'os-update.service';
const APP_FOLDER = '/app';
const LAST_LINES = 10;

/**
 * Installs releases of the host OS. The updater outlives this process: it is started once for each attempt, and an
 * earlier process's one is waited for.
 */
export function hostOsExecutors(options: HostOsExecutorOptions): HostOsExecutors {
	const { engine, hostOs } = options;
	return {
		fetchHostUpdater: ({ release }, context) => fetchUpdater(release, context, options),
		updateHost: (step, context) => update(step, context, options),
		recordHostRelease: async ({ release }) => {
			// left behind if the power was cut
			await engine.removeContainer(CONTAINER, { force: true });
			await removeUpdaterImage(release, options);
			await hostOs.marks.clear();
			await hostOs.records.keepOnly(release);
		},
	};
}

async function fetchUpdater(
	release: HostRelease,
	context: ExecutionContext,
	options: HostOsExecutorOptions,
): Promise<void> {
	const { engine, hostOs, systemLog, failures } = options;
	const { marks, files, folder } = hostOs;
	const what = `host OS ${release.commit}`;
	if (!(await isSupported(options))) {
		return;
	}
	try {
		await folder.checkSpace();
		if (!failures.has(what)) {
			systemLog.write(`Downloading the updater of the host OS '${release.updater}'`);
		}
		await fetchWholeImage(release.updater, context, options);
		await engine.removeContainer(CONTAINER, { force: true });
		// It never runs: the container is made for the files of its image.
		const body = { Image: release.updater, Cmd: ['-'], NetworkDisabled: true };
		const containerId = await engine.createContainer({ name: CONTAINER, body });
		try {
			await folder.replace(await files.readFolder(containerId, APP_FOLDER, context.signal), context.signal);
		} finally {
			await engine.removeContainer(containerId, { force: true });
		}
		await removeUpdaterImage(release, options);
		await marks.set({ commit: release.commit, state: 'prepared' });
		failures.forget(what);
	} catch (error) {
		if (error instanceof OperationalError && !context.signal.aborted && failures.isNew(what, error.message)) {
			systemLog.write(`Failed to prepare the update of the host OS: ${error.message}`, { error: true });
		}
		throw error;
	}
}

/** Its files are copied: an image that another container uses must not keep the host OS from its update. */
async function removeUpdaterImage({ updater }: HostRelease, { engine, log }: HostOsExecutorOptions): Promise<void> {
	try {
		await engine.removeImage(updater);
	} catch (error) {
		if (!(error instanceof EngineError) || error.code !== 'engine-conflict') {
			throw error;
		}
		log.info('the image of the host OS updater stays: it is in use', { image: updater, error: error.message });
	}
}

/** Asks systemd, which runs the updater. The answer counts for a while, and the user reads of it as a problem. */
async function isSupported({ hostOs, log }: HostOsExecutorOptions): Promise<boolean> {
	try {
		await hostOs.units.isRunning(UNIT);
		hostOs.support.setSupported();
		return true;
	} catch (error) {
		if (!(error instanceof SystemBusError)) {
			throw error;
		}
		log.info('host OS cannot be updated', { error: error.message });
		hostOs.support.setUnsupported(error.message);
		return false;
	}
}

async function update(
	{ release, attempt, isStarted }: StepOf<'updateHost'>,
	{ signal }: ExecutionContext,
	options: HostOsExecutorOptions,
): Promise<void> {
	const { hostOs, systemLog } = options;
	const { units, marks, records, folder } = hostOs;
	const { commit } = release;
	if (isStarted) {
		// systemd keeps a unit that failed, and forgets one that succeeded.
		await finish(release, (await units.waitForEnd(UNIT, signal)) ?? { kind: 'succeeded' }, options);
		return;
	}
	if (await units.isRunning(UNIT)) {
		await units.waitForEnd(UNIT, signal);
		throw new OperationalError('host-update-running', 'another update of the host OS was running');
	}
	const before = (await records.list()).find((record) => isSameRelease(record.release, release));
	await records.begin(release, attempt);
	systemLog.write(`Installing host OS release ${commit} (attempt ${attempt}${describeLast(before, attempt)})`);
	const path = `${folder.hostPath}/entry.sh`;
	const names = ['--app-uuid', release.appUuid, '--release-commit', commit, '--target-image-uri', release.image];
	const unit = {
		name: UNIT,
		command: [path, ...names, '--no-reboot'],
		workingDirectory: folder.hostPath,
	} as const;
	const onStarted = () => marks.set({ commit, state: 'started' });
	await finish(release, await units.run(unit, { signal, onStarted }), options);
}

async function finish(release: HostRelease, end: UnitEnd, { hostOs, systemLog }: HostOsExecutorOptions): Promise<void> {
	const { marks, records, journal } = hostOs;
	if (end.kind === 'succeeded') {
		await marks.set({ commit: release.commit, state: 'installed' });
		systemLog.write(`Installed host OS release ${release.commit}, a reboot is due`);
		return;
	}
	const { invocationId } = end;
	const lines = await journal.lastLines(
		{ unit: UNIT, ...(invocationId === undefined ? {} : { invocationId }) },
		LAST_LINES,
	);
	const failure = `the updater ${describeEnd(end)}${lines.length === 0 ? '' : `, last lines: ${lines.join(' | ')}`}`;
	await records.fail(release, failure);
	await marks.clear(); // last: until then a restart finds the end again
	systemLog.write(`Failed to install host OS release ${release.commit}: ${failure}`, { error: true });
	throw new OperationalError('host-update-failed', failure);
}

/** An updater that failed was reported then; of a system that has rolled back only the old build is seen. */
function describeLast(record: HostUpdateRecord | undefined, attempt: number): string {
	const isUnexplained = attempt > 1 && record?.failure === undefined;
	return isUnexplained ? '; the last one did not bring its build: it was rolled back, or the power was cut' : '';
}

function describeEnd({ exitStatus, killedBySignal, result }: Extract<UnitEnd, { kind: 'failed' }>): string {
	if (exitStatus !== undefined) {
		return `ended with exit code ${exitStatus}`;
	}
	return killedBySignal === undefined ? `did not start (${result})` : `was ended by signal ${killedBySignal}`;
}
