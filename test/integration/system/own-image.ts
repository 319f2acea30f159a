import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeRuntimeTree } from '../../../build-utils/runtime-tree.ts';
import type { RealEngine } from '../../support/real-engine.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const BUILD = join(PROJECT, 'build-utils/build.ts');
/** What needs other images or a network. */
const LEFT_OUT = ['FROM', 'RUN', 'COPY'];

/**
 * Builds an image of the supervisor on an engine without a hub: the instructions of Dockerfile.template, and the tree that
 * it copies, on the image of the tests with the Node.js of this machine.
 */
export async function buildOwnImage(engine: RealEngine, name: string): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'own-image-'));
	try {
		const dist = join(folder, 'dist');
		execFileSync(process.execPath, ['--import', 'tsx', BUILD, '--out', dist], { cwd: PROJECT, stdio: 'pipe' });
		makeRuntimeTree({ dist, folder: join(folder, 'context/tree') });
		copyNode(join(folder, 'context/system'));
		const lines = [`FROM ${engine.base}`, 'COPY system /', ...readInstructions(), 'COPY tree ./'];
		writeFileSync(join(folder, 'context/Dockerfile'), `${lines.join('\n')}\n`);
		const args = ['ARCH=amd64', 'VERSION=1.2.3', 'REVISION=abc', 'SOURCE=https://example.com/source'];
		const given = args.flatMap((arg) => ['--build-arg', arg]);
		await engine.docker('build', '--tag', name, ...given, join(folder, 'context'));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** Of the stages that make the final image. */
function readInstructions(): readonly string[] {
	const stages = readFileSync(join(PROJECT, 'Dockerfile.template'), 'utf8').split(/^(?=FROM )/m);
	const runtime = stages.find((text) => text.includes(' AS runtime-base\n')) ?? '';
	return [runtime, stages.at(-1) ?? '']
		.flatMap((stage) => [...stage.matchAll(/^[A-Z](?:.*\\\n)*.*$/gm)].map(([instruction]) => instruction))
		.filter((instruction) => !LEFT_OUT.some((word) => instruction.startsWith(`${word} `)));
}

function copyNode(folder: string): void {
	const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
	for (const path of [...libraries].map(([, library = '']) => library)) {
		mkdirSync(join(folder, dirname(path)), { recursive: true });
		cpSync(path, join(folder, path), { dereference: true });
	}
	mkdirSync(join(folder, 'bin'), { recursive: true });
	copyFileSync(process.execPath, join(folder, 'bin/node'));
}
