import { policyOfError } from '../../domain/error-policy.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { EngineError, type RegistryAuth } from '../../ports/engine.ts';
import type { ExecutionContext } from '../../ports/executors.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { DeltaPair } from '../deltas.ts';
import { findDeltaSource, type DeltaSource } from '../images/delta-source.ts';
import { ImageIndex } from '../images/find-image.ts';
import { toEngineImage } from '../images/to-engine-image.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { nameDelta, partsOf, removeDeltaNames } from './name-image.ts';

/** Its message is for the user. */
class DeltaError extends OperationalError {
	readonly isServerAway: boolean;

	constructor(because: string, isServerAway: boolean) {
		super('delta-failed', because);
		this.isServerAway = isServerAway;
	}
}

/** Attempts for a delta of version 3, before the whole image is fetched instead (spec: cloud-api 14.7). */
const DELTA_ATTEMPTS = 3;

/** The result of a delta: the image is here, or has to be fetched as a whole. */
type DeltaOutcome = { readonly kind: 'done' } | { readonly kind: 'not-used'; readonly because: string };

/** Fetches an image, as a delta if that is enabled and possible, and notifies the user (spec: compose 8.5 to 8.7). */
export async function fetchImage(
	reference: string,
	context: ExecutionContext,
	options: ExecutorOptions,
): Promise<void> {
	const { systemLog, failures } = options;
	const what = `download ${reference}`;
	const rising = { ...context, progress: neverFalling(context.progress) };
	try {
		const source = (await options.deltas.isEnabled()) ? await findSource(reference, options) : undefined;
		const task = source && { reference, source };
		const isDelta = task !== undefined && options.deltaAttempts.mayAsk(pairOf(task));
		if (!isDelta || !(await fetchDelta(task, rising, options))) {
			notifyOnce(`Downloading image '${reference}'`, what, options);
			await fetchWholeImage(reference, rising, options);
		}
		failures.forget(what);
		systemLog.write(`Downloaded image '${reference}'`);
	} catch (error) {
		const cause = error instanceof Error ? error.message : 'Unknown cause';
		if (!isAborted(context.signal) && failures.isNew(what, cause)) {
			const isWaiting = isNotYet(error);
			systemLog.write(isWaiting ? cause : `Failed to download image '${reference}' due to '${cause}'`, {
				error: !isWaiting,
			});
		}
		throw error;
	}
}

/** The delta server still makes the delta. */
function isNotYet(error: unknown): boolean {
	return error instanceof OperationalError && policyOfError(error.code).reason === 'not-yet';
}

/** A retry after a failure is not reported again. */
function notifyOnce(line: string, what: string, { systemLog, failures }: ExecutorOptions): void {
	if (!failures.has(what)) {
		systemLog.write(line);
	}
}

export async function fetchWholeImage(
	reference: string,
	context: ExecutionContext,
	options: { readonly engine: Pick<ExecutorOptions['engine'], 'pullImage'> } & Pick<ExecutorOptions, 'registryLogin'>,
): Promise<void> {
	const auth = await loginFor(reference, options);
	await options.engine.pullImage({ reference, ...context, ...(auth === undefined ? {} : { auth }) });
}

/** The key of the device is used only for references with an explicit registry (spec: cloud-api 14.2). */
async function loginFor(
	reference: string,
	options: Pick<ExecutorOptions, 'registryLogin'>,
): Promise<RegistryAuth | undefined> {
	const { registry } = partsOf(reference);
	const login = registry === undefined ? undefined : await options.registryLogin();
	return registry === undefined || login === undefined ? undefined : { ...login, serveraddress: registry };
}

async function findSource(reference: string, { engine, images }: ExecutorOptions): Promise<DeltaSource | undefined> {
	const [records, summaries] = await Promise.all([images.list(), engine.listImages()]);
	return findDeltaSource(reference, records, new ImageIndex(summaries.map(toEngineImage), records));
}

interface DeltaTask {
	readonly reference: string;
	readonly source: DeltaSource;
}

/** Whether the image is here now. `false`: it has to be fetched as a whole; the user was notified of the reason. */
async function fetchDelta(task: DeltaTask, context: ExecutionContext, options: ExecutorOptions): Promise<boolean> {
	const { reference, source } = task;
	const { systemLog, log } = options;
	notifyOnce(`Downloading delta for image '${reference}'`, `download ${reference}`, options);
	const outcome = await tryOrGiveUp(task, context, options);
	if (outcome.kind === 'done') {
		return true;
	}
	const { because } = outcome;
	log.info('no delta, fetching the whole image', { image: reference, source: source.name, because });
	systemLog.write(`No delta for image '${reference}' due to '${because}'`);
	return false;
}

function pairOf({ reference, source }: DeltaTask): DeltaPair {
	return { source: source.name, target: reference, isSourceDeltaBaseOnly: source.image.isDeltaBaseOnly === true };
}

async function tryOrGiveUp(
	task: DeltaTask,
	context: ExecutionContext,
	options: ExecutorOptions,
): Promise<DeltaOutcome> {
	const { deltaAttempts } = options;
	try {
		const outcome = await tryDelta(task, context, options);
		deltaAttempts.answered();
		return outcome;
	} catch (error) {
		if (isAborted(context.signal) || !(error instanceof OperationalError) || isNotYet(error)) {
			throw error;
		}
		const isServerAway = error instanceof DeltaError && error.isServerAway;
		if (!deltaAttempts.failed(pairOf(task), { isServerAway })) {
			throw error;
		}
		return { kind: 'not-used', because: error.message };
	}
}

async function tryDelta(task: DeltaTask, context: ExecutionContext, options: ExecutorOptions): Promise<DeltaOutcome> {
	const { reference, source } = task;
	const answer = await options.deltas.ask(pairOf(task), context.signal);
	switch (answer.kind) {
		case 'none':
			return { kind: 'not-used', because: answer.because };
		case 'processing':
			throw new OperationalError('delta-processing', 'Delta still processing remotely. Will retry...');
		case 'failed':
			throw new DeltaError(answer.because, answer.isServerAway === true);
		case 'image': {
			const auth = { registrytoken: answer.registryToken };
			return pullDelta({ reference, delta: answer.reference, auth }, context, options);
		}
		case 'patch': {
			const result = await answer.patch.apply({ source: source.image.id, ...context });
			if (result.kind === 'out-of-sync') {
				return { kind: 'not-used', because: result.because };
			}
			await nameDelta(result.engineImageId, reference, options);
			return { kind: 'done' };
		}
	}
}

/** One attempt that succeeds is enough, whether or not others failed before (spec: cloud-api Q-9). */
async function pullDelta(
	{ reference, delta, auth }: { readonly reference: string; readonly delta: string; readonly auth: RegistryAuth },
	context: ExecutionContext,
	options: ExecutorOptions,
): Promise<DeltaOutcome> {
	const { engine, log } = options;
	let because = '';
	for (let attempt = 1; attempt <= DELTA_ATTEMPTS; attempt++) {
		try {
			await engine.pullImage({ reference: delta, auth, ...context });
			const image = await engine.inspectImage(delta, context.signal);
			if (image === undefined) {
				throw new EngineError('engine-failed', `the engine does not have ${delta}, although it fetched it`);
			}
			await nameDelta(image.Id, reference, options);
			await removeDeltaNames({ engineImageId: image.Id, delta, reference }, options);
			return { kind: 'done' };
		} catch (error) {
			if (isAborted(context.signal) || !(error instanceof EngineError) || error.status !== undefined) {
				throw error;
			}
			because = error.message;
			log.warn('a delta could not be applied', { image: reference, delta, attempt, error: because });
		}
	}
	return { kind: 'not-used', because };
}

/** A delta that fails half-way, and the image that is fetched instead, are one download. */
function neverFalling(progress: (percent: number) => void): (percent: number) => void {
	let highest = 0;
	return (percent) => {
		highest = Math.max(highest, percent);
		progress(highest);
	};
}
