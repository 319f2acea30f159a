import type { StepOf } from '../../domain/step.ts';
import { SUPERVISOR_ATTEMPTS_MAX, type SupervisorAttempt } from '../../domain/supervisor-update.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { Engine } from '../../ports/engine.ts';
import type { ExecutionContext, Executors } from '../../ports/executors.ts';
import type { UnitJournal } from '../../ports/journal.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { SupervisorHostFiles, SupervisorUpdateStore } from '../../ports/supervisor-update.ts';
import type { TransientUnits, UnitEnd } from '../../ports/transient-units.ts';

const SUPERVISOR_UPDATE_UNIT = 'supervisor-update.service';
const TITLE = 'balena-supervisor';
const LABEL = 'org.opencontainers.image';
/** Goes into a file that shells and systemd read. */
const VERSION = /^[\w.+-]{1,100}$/;
const IMAGE = /^[\w.:/@-]{1,500}$/;
const REASON = /^Update failed: (.*)$/;
const LINES = 20;

export interface SupervisorUpdatePorts {
	readonly attempts: SupervisorUpdateStore;
	readonly files: SupervisorHostFiles;
	readonly units: TransientUnits;
	readonly journal: UnitJournal;
	/** The image of our own container. `undefined`: there is none. */
	readonly ownImageId: () => Promise<string | undefined>;
	/** How long the new supervisor may take until it is healthy, and after which time it must be healthy again, seconds. */
	readonly limits: { readonly healthy: number; readonly proof: number };
}

export interface SupervisorExecutorOptions {
	readonly supervisor: SupervisorUpdatePorts;
	readonly engine: Pick<Engine, 'inspectImage'>;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

/** The update ends this process: the next one, old or new, waits for its end and judges it (spec: host 14.3). */
export function supervisorExecutors(options: SupervisorExecutorOptions): Pick<Executors, 'updateSupervisor'> {
	return {
		updateSupervisor: async (step, context) => {
			const { attempts, units } = options.supervisor;
			const known = await attempts.read();
			if (known?.state === 'started') {
				const isDone = await isPermanent(known, options);
				await judge(
					known,
					isDone ? undefined : await units.waitForEnd(SUPERVISOR_UPDATE_UNIT, context.signal),
					options,
				);
				return;
			}
			await begin(step, context, options);
		},
	};
}

async function begin(
	{ image, commit, attempt }: StepOf<'updateSupervisor'>,
	{ signal }: ExecutionContext,
	options: SupervisorExecutorOptions,
): Promise<void> {
	const { engine, systemLog, supervisor } = options;
	const inspection = await engine.inspectImage(image, signal);
	const fromImageId = await supervisor.ownImageId();
	if (inspection === undefined || fromImageId === undefined) {
		throw new OperationalError('supervisor-update', `cannot update the supervisor: ${image} is not on the engine`);
	}
	const { title, version } = readLabels(inspection.Config?.['Labels']);
	// Before anything else happens: whatever follows, the next process knows of it.
	await supervisor.attempts.begin({ image, commit, version, fromImageId, attempts: attempt });
	if (title !== TITLE || !IMAGE.test(image)) {
		const failure = `image ${image} is not one of this supervisor (title ${title ?? 'missing'})`;
		await supervisor.attempts.note({ state: 'refused', failure });
		systemLog.write(`Supervisor not updated: ${failure}`, { error: true });
		return;
	}
	systemLog.write(`Updating the supervisor to version ${version} (attempt ${attempt}, image ${image})`);
	await judge(await requireAttempt(supervisor), await runScript({ image, version, signal }, options), options);
}

async function runScript(
	{ image, version, signal }: { readonly image: string; readonly version: string; readonly signal: AbortSignal },
	{ supervisor }: SupervisorExecutorOptions,
): Promise<UnitEnd> {
	const { attempts, files, units, limits } = supervisor;
	try {
		const script = await files.placeScript();
		const numbers = [String(limits.healthy), String(limits.proof)];
		return await units.run(
			{
				name: SUPERVISOR_UPDATE_UNIT,
				command: ['/bin/sh', script, image, version, ...numbers],
				workingDirectory: '/',
			},
			{ signal },
		);
	} catch (error) {
		// It may run nevertheless: the next try of this step waits for it, or finds that it does not.
		if (error instanceof OperationalError) {
			await attempts.note({ state: 'started', failure: error.message });
		}
		throw error;
	}
}

/** The configuration of the operating system decides: the script writes it when the new supervisor is proven. */
async function judge(
	attempt: SupervisorAttempt,
	end: UnitEnd | undefined,
	options: SupervisorExecutorOptions,
): Promise<void> {
	const { supervisor, systemLog, log } = options;
	const { version, attempts } = attempt;
	if (await isPermanent(attempt, options)) {
		await supervisor.attempts.note({ state: 'done' });
		systemLog.write(`Supervisor updated to version ${version}`);
		log.info('supervisor updated', { version, image: attempt.image });
		return;
	}
	const failure = await explain(attempt, end, supervisor);
	await supervisor.attempts.note({ state: 'failed', failure });
	const count = `attempt ${attempts} of ${SUPERVISOR_ATTEMPTS_MAX}`;
	systemLog.write(`Update of the supervisor to version ${version} failed (${count}): ${failure}`, { error: true });
	log.warn('update of the supervisor failed', { version, image: attempt.image, attempts, error: failure });
}

async function isPermanent(
	{ image }: SupervisorAttempt,
	{ supervisor }: Pick<SupervisorExecutorOptions, 'supervisor'>,
): Promise<boolean> {
	return (await supervisor.files.configuredImage()) === image;
}

async function explain(
	attempt: SupervisorAttempt,
	end: UnitEnd | undefined,
	{ journal }: SupervisorUpdatePorts,
): Promise<string> {
	if (end === undefined) {
		return attempt.failure ?? 'it did not end, perhaps because the device was restarted';
	}
	const of = end.kind === 'failed' && end.invocationId !== undefined ? { invocationId: end.invocationId } : {};
	const lines = await journal.lastLines({ unit: SUPERVISOR_UPDATE_UNIT, ...of }, LINES);
	const reason = lines.map((line) => REASON.exec(line)?.[1]).findLast((text) => text !== undefined);
	return reason ?? `${describeEnd(end)}${lines.length === 0 ? '' : `, last line: ${lines.at(-1) ?? ''}`}`;
}

function describeEnd(end: UnitEnd): string {
	if (end.kind === 'succeeded') {
		return 'it ended without a result';
	}
	return end.exitStatus === undefined ? `it was ended (${end.result})` : `exit status ${end.exitStatus}`;
}

async function requireAttempt({ attempts }: SupervisorUpdatePorts): Promise<SupervisorAttempt> {
	const attempt = await attempts.read();
	if (attempt === undefined) {
		throw new OperationalError('supervisor-update', 'the update of the supervisor is not recorded');
	}
	return attempt;
}

function readLabels(labels: unknown): { readonly title?: string; readonly version: string } {
	const at = (name: string) => (isPlainObject(labels) ? labels[`${LABEL}.${name}`] : undefined);
	const [title, version] = [at('title'), at('version')];
	return {
		...(typeof title === 'string' ? { title } : {}),
		version: typeof version === 'string' && VERSION.test(version) ? version : 'unknown',
	};
}
