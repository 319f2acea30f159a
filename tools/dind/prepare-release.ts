import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError, buildAndPush, pushImage, runDocker } from '../device/index.ts';
import type { ReleaseFile } from './read-release-file.ts';

interface Composition extends Record<string, unknown> {
	readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface PreparedRelease {
	/** Without `build` and `image`. */
	readonly composition: Composition;
	readonly images: Readonly<Record<string, string>>;
}

/** Builds or fetches the image of every service and puts it into the device's registry, a line per image. */
export async function prepareRelease(
	file: ReleaseFile,
	target: { readonly socketPath: string; readonly registry: string; readonly signal: AbortSignal },
): Promise<PreparedRelease> {
	const services = Object.entries(file.composition.services);
	const images = await Promise.all(
		services.map(async ([name, service]) => {
			const push = { ...target, name: name.toLowerCase() };
			if (service.build !== undefined) {
				const { context, dockerfile, args } = service.build;
				const folder = join(file.folder, context);
				if (!existsSync(folder)) {
					throw new DeviceError(`Service ${name} is built from ${folder}, which is not there`, 'Correct the file');
				}
				const chosen = dockerfile === undefined ? {} : { dockerfile: join(folder, dockerfile) };
				const { reference } = await buildAndPush({ ...push, context: folder, buildArgs: args, ...chosen }).catch(
					(cause: unknown) => {
						throw describeBuild(name, cause);
					},
				);
				console.log(`  ${name}: built, ${shorten(reference)}`);
				return [name, reference] as const;
			}
			if (service.image === undefined) {
				throw new DeviceError(`Service ${name} has neither build nor image`, 'Add one of them');
			}
			await ensureImage({ socketPath: target.socketPath, image: service.image, signal: target.signal });
			const { reference } = await pushImage({ ...push, image: service.image });
			console.log(`  ${name}: ${service.image}, ${shorten(reference)}`);
			return [name, reference] as const;
		}),
	);
	return { composition: withoutBuild(file.composition), images: Object.fromEntries(images) };
}

/** With the output of the build, which has the cause. */
function describeBuild(name: string, cause: unknown): unknown {
	if (!(cause instanceof DeviceError) || cause.details === undefined) return cause;
	const { what, remedy, details } = cause;
	return new DeviceError(`Service ${name} cannot be built: ${what}`, remedy, { cause, details });
}

async function ensureImage(options: {
	readonly socketPath: string;
	readonly image: string;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { socketPath, image, signal } = options;
	if ((await runDocker(socketPath, ['images', '--quiet', image], { signal })).trim() !== '') return;
	try {
		await runDocker(socketPath, ['pull', image], { signal });
	} catch (cause) {
		signal.throwIfAborted();
		const remedy = 'Use build: instead, or bring it in with docker save and dindctl docker load';
		throw new DeviceError(`The device cannot pull ${image}`, remedy, { cause });
	}
}

/** A release refers to its images by digest; how they were built is not the device's business. */
function withoutBuild(composition: ReleaseFile['composition']): Composition {
	const services = Object.entries(composition.services).map(([name, service]) => {
		const kept = Object.entries(service).filter(([key]) => key !== 'build' && key !== 'image');
		return [name, Object.fromEntries(kept)];
	});
	return { ...composition, services: Object.fromEntries(services) as Composition['services'] };
}

function shorten(reference: string): string {
	return reference.slice(reference.indexOf('sha256:'), reference.indexOf('sha256:') + 19);
}
