import { isAborted } from '../../lib/is-aborted.ts';
import { parseImageReference, repositoryOf, type ImageReference } from '../../domain/image-reference.ts';
import { EngineError, type RegistryAuth } from '../../ports/engine.ts';
import type { ExecutionContext, Executors } from '../../ports/executors.ts';
import { assert } from '../../ports/operational-error.ts';
import type { StepOf } from '../../domain/step.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { reportOutcome } from './report-outcome.ts';

type ImageSteps = 'pullImage' | 'recordImage' | 'forgetImage' | 'cleanupImage';

/** Images are content addressed: fetching, naming and recording one again changes nothing (spec: compose 8). */
export function imageExecutors(options: ExecutorOptions): Pick<Executors, ImageSteps> {
	return {
		pullImage: (step, context) => pullImage(step, context, options),
		recordImage: async ({ record, engineImageId }) => {
			// The row before the tag: a tag without a row could be taken for another digest of its repository. The id last:
			// it says that all of this is done.
			await options.images.save(record);
			if (engineImageId !== undefined) {
				await tagImage(engineImageId, record.name, options);
				await options.images.save(record, engineImageId);
			}
		},
		forgetImage: (step) => forgetImage(step, options),
		cleanupImage: (step) => cleanupImage(step, options),
	};
}

async function pullImage(
	{ reference }: StepOf<'pullImage'>,
	{ signal, progress }: ExecutionContext,
	options: ExecutorOptions,
): Promise<void> {
	const { engine, systemLog } = options;
	const auth = await loginFor(reference, options);
	systemLog.write(`Downloading image '${reference}'`);
	try {
		await engine.pullImage({ reference, signal, progress, ...(auth === undefined ? {} : { auth }) });
		systemLog.write(`Downloaded image '${reference}'`);
	} catch (error) {
		if (!isAborted(signal)) {
			const cause = error instanceof Error ? error.message : 'Unknown cause';
			systemLog.write(`Failed to download image '${reference}' due to '${cause}'`, { error: true });
		}
		throw error;
	}
}

/** Only references with an explicit registry are asked for with the device's key (spec: cloud-api 14.2). */
async function loginFor(reference: string, options: ExecutorOptions): Promise<RegistryAuth | undefined> {
	const { registry } = partsOf(reference);
	const login = registry === undefined ? undefined : await options.registryLogin();
	return registry === undefined || login === undefined ? undefined : { ...login, serveraddress: registry };
}

/** Every image of ours has a tag, by which it is found again should our rows be lost (spec: compose 8.2). */
async function tagImage(engineImageId: string, reference: string, { engine }: ExecutorOptions): Promise<void> {
	const parts = partsOf(reference);
	await engine.tagImage(engineImageId, repositoryOf(parts), parts.tagName ?? 'latest');
}

function partsOf(reference: string): ImageReference {
	const parsed = parseImageReference(reference);
	assert(parsed.ok, `stored reference ${reference} is normalised`);
	return parsed.value;
}

/** Never fails: what cannot be cleaned up harms nobody (spec: planner 10). */
async function cleanupImage({ engineImageId }: StepOf<'cleanupImage'>, options: ExecutorOptions): Promise<void> {
	try {
		await options.engine.removeImage(engineImageId, { force: true });
	} catch (error) {
		if (!(error instanceof EngineError)) {
			throw error;
		}
		options.exclusions.exclude(engineImageId);
		options.systemLog.write(`Error cleaning up ${engineImageId}: ${error.message} - will ignore for 1 hour`, {
			error: true,
		});
	}
}

async function forgetImage(step: StepOf<'forgetImage'>, options: ExecutorOptions): Promise<void> {
	const { engine, images, systemLog, log } = options;
	if (step.references.length > 0) {
		await reportOutcome(
			systemLog,
			{ before: 'Deleting image', after: 'Deleted image', failed: 'Failed to delete image', object: step.name },
			async () => {
				for (const reference of step.references) {
					await removeUnlessInUse(reference);
				}
			},
		);
	}
	await images.remove(step.recordId);

	async function removeUnlessInUse(reference: string): Promise<void> {
		try {
			await engine.removeImage(reference);
		} catch (error) {
			if (!(error instanceof EngineError) || error.code !== 'engine-conflict') {
				throw error;
			}
			log.warn('image kept: another container uses it', { reference }); // not one of ours, so not ours to remove
		}
	}
}
