import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface ImageArchive {
	/** Where the archive goes; as `docker load` reads it. */
	readonly path: string;
	readonly name: string;
	/** As the engine calls it: amd64, arm64. */
	readonly architecture: string;
	/** Uncompressed file systems, the lowest first. */
	readonly layers: readonly string[];
	readonly config: Readonly<Record<string, unknown>>;
	readonly signal: AbortSignal;
}

/** Writes an image without an engine, so that no part of it has to run: it may be for another architecture. */
export async function writeImageArchive({ path, name, layers, signal, ...image }: ImageArchive): Promise<void> {
	mkdirSync(dirname(path), { recursive: true });
	const folder = mkdtempSync(`${path}.`);
	try {
		const digests: string[] = [];
		for (const layer of layers) digests.push(await hashFile(layer, signal));
		const config = JSON.stringify({
			architecture: image.architecture,
			os: 'linux',
			created: new Date().toISOString(),
			config: image.config,
			rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
			history: layers.map(() => ({ created_by: 'dindctl build' })),
		});
		const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
		writeFileSync(join(folder, configName), config);
		for (const [index, layer] of layers.entries()) symlinkSync(layer, join(folder, `${index}.tar`));
		const manifest = [{ Config: configName, RepoTags: [name], Layers: layers.map((_, index) => `${index}.tar`) }];
		writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
		await run('tar', ['--create', '--dereference', '--directory', folder, '--file', `${path}.new`, '.'], { signal });
		renameSync(`${path}.new`, path);
	} finally {
		rmSync(folder, { recursive: true, force: true });
		rmSync(`${path}.new`, { force: true });
	}
}

async function hashFile(path: string, signal: AbortSignal): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(path), hash, { signal });
	return hash.digest('hex');
}
