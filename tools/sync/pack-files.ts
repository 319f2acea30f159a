import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Of no use to the build on the device (spec: dev-tools 6.2). */
const EXCLUDED = ['node_modules', '.git', 'build', 'coverage'];

/** In the archive; the project may have a Dockerfile of its own. */
export const LIVE_DOCKERFILE = 'Dockerfile.live';

/** What of a project to pack: all of it with this text as its live Dockerfile, or only these files. */
type Selection = { readonly dockerfile: string } | { readonly only: readonly string[] };

/** A tar archive of a project, as the engine takes it. Ends with an error if tar fails. */
export function packFiles(project: string, selection: Selection): Readable {
	if ('only' in selection) return startTar(['-C', project, '--', ...selection.only]);
	const folder = mkdtempSync(join(tmpdir(), 'sync-'));
	writeFileSync(join(folder, LIVE_DOCKERFILE), selection.dockerfile);
	const excluded = EXCLUDED.map((name) => `--exclude=./${name}`);
	const stream = startTar([...excluded, '-C', project, '.', '-C', folder, `./${LIVE_DOCKERFILE}`]);
	stream.once('close', () => {
		rmSync(folder, { recursive: true, force: true });
	});
	return stream;
}

function startTar(args: readonly string[]): Readable {
	const child = spawn('tar', ['-cf', '-', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
	child.once('error', (error) => child.stdout.destroy(error));
	child.once('exit', (code) => {
		if (code !== 0) child.stdout.destroy(new Error(`tar ended with exit code ${code ?? 'none'}`));
	});
	return child.stdout;
}
