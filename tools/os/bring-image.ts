import { spawn } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { DeviceError, runDocker } from '../device/index.ts';

interface BringImage {
	readonly socketPath: string;
	/** A name, or a file as `docker save` writes it. */
	readonly image: string;
	/** Files of images that were built here, by their names. */
	readonly findArchive: (name: string) => string | undefined;
	readonly log: (line: string) => void;
	readonly signal: AbortSignal;
}

/**
 * Sees to it that an engine has an image, and returns its name there. Looked for, in this order: the file, the engine
 * itself, what `dindctl build` has made, the engine that the docker command finds by itself, the registry of the name.
 */
export async function bringImage(options: BringImage): Promise<string> {
	const { socketPath, image, findArchive, log, signal } = options;
	if (isFile(image)) return loadImage({ socketPath, path: resolve(image), signal });
	if (await hasImage(socketPath, image)) return image;
	const archive = findArchive(image);
	if (archive !== undefined) return loadImage({ socketPath, path: archive, signal });
	if (await hasImage(undefined, image).catch(() => false)) {
		log(`Copying ${image} from your Docker`);
		return copyImage(options);
	}
	log(`${image} not available locally, pulling`);
	try {
		await runDocker(socketPath, ['pull', image], { signal });
	} catch (cause) {
		signal.throwIfAborted();
		const reason = cause instanceof DeviceError ? `: ${cause.what}` : '';
		const remedy = 'Write it to a file with docker save and give that file';
		throw new DeviceError(`The image ${image} cannot be had${reason}`, remedy, { cause });
	}
	return image;
}

export async function hasImage(socketPath: string | undefined, image: string): Promise<boolean> {
	return (await runDocker(socketPath, ['images', '--quiet', image])).trim() !== '';
}

/** Returns the first name in the file; an image without a name is called by its id. */
export async function loadImage(options: {
	readonly socketPath: string | undefined;
	readonly path: string;
	readonly signal: AbortSignal;
}): Promise<string> {
	const { socketPath, path, signal } = options;
	return nameOf(await runDocker(socketPath, ['load'], { input: createReadStream(path), signal }), path);
}

async function copyImage({ socketPath, image, signal }: BringImage): Promise<string> {
	const saving = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'], signal });
	const input: Readable = saving.stdout;
	return nameOf(await runDocker(socketPath, ['load'], { input, signal }), image);
}

function nameOf(output: string, path: string): string {
	const name = /^Loaded image(?: ID)?: (\S+)$/m.exec(output)?.[1];
	if (name === undefined) throw new DeviceError(`${path} holds no image`, 'Give a file that docker save has written');
	return name;
}

/** A name of an image never ends so, and never begins so. */
function isFile(image: string): boolean {
	if (!/^[./]|\.tar$/.test(image)) return false;
	if (!existsSync(image))
		throw new DeviceError(`There is no file ${image}`, 'Give a file that docker save has written');
	return true;
}
