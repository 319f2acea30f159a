import { EngineError } from '../../ports/engine.ts';
import type { Executors } from '../../ports/executors.ts';
import type { StepOf } from '../../domain/step.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { toEngineImage } from '../images/to-engine-image.ts';
import { isNameless } from '../../domain/engine-objects.ts';
import { fetchImage } from './fetch-image.ts';
import { tagImage } from './name-image.ts';
import { reportOutcome } from './report-outcome.ts';

type ImageSteps = 'pullImage' | 'recordImage' | 'forgetImage' | 'cleanupImage';

/** Images are content addressed: fetching, naming or recording one twice changes nothing (spec: compose 8). */
export function imageExecutors(options: ExecutorOptions): Pick<Executors, ImageSteps> {
	return {
		pullImage: ({ reference }, context) => fetchImage(reference, context, options),
		recordImage: async ({ record, engineImageId }) => {
			// The row before the tag: a tag without a row could be taken for another digest of its repository. The id last:
			// it marks all of this as done.
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

/** Never fails: an image that stays is harmless (spec: planner 10). */
async function cleanupImage({ engineImageId }: StepOf<'cleanupImage'>, options: ExecutorOptions): Promise<void> {
	const { engine, exclusions, log } = options;
	let force = false;
	try {
		// Without force the engine keeps an image that a container uses or another image is based on; several names need force.
		const image = (await engine.listImages()).map(toEngineImage).find(({ id }) => id === engineImageId);
		force = image !== undefined && !isNameless(image);
		await engine.removeImage(engineImageId, { force });
	} catch (error) {
		if (!(error instanceof EngineError)) {
			throw error;
		}
		exclusions.exclude(engineImageId);
		if (error.code === 'engine-conflict' && !force) {
			log.debug('an image without a name is in use', { engineImageId });
			return;
		}
		options.systemLog.write(`Error cleaning up ${engineImageId}: ${error.message} - will ignore for 1 hour`, {
			error: true,
		});
	}
}

async function forgetImage(step: StepOf<'forgetImage'>, options: ExecutorOptions): Promise<void> {
	const { engine, images, log } = options;
	if (step.references.length > 0) {
		await reportOutcome(
			options,
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
			log.warn('image kept: another container uses it', { reference }); // not our image, so it is not removed
		}
	}
}
