import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeRuntimeTree } from '../../build-utils/runtime-tree.ts';
import { runDocker } from '../device/index.ts';
import type { OsBase, SupervisorBase } from './base.ts';
import { ensureImported } from './host-container.ts';
import { writeImageArchive } from './image-archive.ts';

const run = promisify(execFile);

const PROJECT = join(import.meta.dirname, '../..');
const FOLDER = '/usr/src/app';
const HEALTH = 'wget http://127.0.0.1:${LISTEN_PORT:-48484}/v1/healthy -O - -q';
const DOCKERFILE = `ARG BASE
FROM \${BASE}
WORKDIR ${FOLDER}
COPY . .
ARG IMAGE
ARG VERSION
ENV LED_FILE=/dev/null SUPERVISOR_IMAGE=\${IMAGE} VERSION=\${VERSION}
HEALTHCHECK --interval=5m --start-period=1m --timeout=30s --retries=3 \\
	CMD ${HEALTH}
CMD ["${FOLDER}/entry.sh"]
`;
const SECOND_NS = 1_000_000_000;

/** As Dockerfile.template makes it, from Debian's packages in place of Alpine's. The program has been built. */
export async function buildSupervisorImage(options: {
	readonly socketPath: string;
	readonly base: OsBase;
	readonly program: string;
	readonly image: string;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { socketPath, base, image, signal } = options;
	const baseName = `dindctl-supervisor-base:${base.key}`;
	await ensureImported(socketPath, { name: baseName, tar: base.supervisorTar, signal });
	const context = mkdtempSync(join(tmpdir(), 'dindctl-supervisor-'));
	try {
		layOutTree({ folder: context, program: options.program });
		writeFileSync(join(context, '.dockerignore'), 'Dockerfile\n.dockerignore\n');
		writeFileSync(join(context, 'Dockerfile'), DOCKERFILE);
		const { repository, tag } = splitName(image);
		const values = { BASE: baseName, IMAGE: repository, VERSION: tag };
		const args = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
		await runDocker(socketPath, ['build', '--quiet', ...args, '--tag', image, context], { signal });
	} finally {
		rmSync(context, { recursive: true, force: true });
	}
}

/** The same image as a file, without an engine. */
export async function writeSupervisorArchive(options: {
	readonly path: string;
	readonly base: SupervisorBase;
	readonly program: string;
	readonly image: string;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { path, base, image, signal } = options;
	mkdirSync(dirname(path), { recursive: true });
	const work = mkdtempSync(`${path}.tree.`);
	try {
		const layer = `${work}.tar`;
		layOutTree({ folder: join(work, FOLDER), program: options.program, binary: base.binary });
		const owner = ['--owner=0', '--group=0', '--numeric-owner'];
		await run('tar', ['--create', ...owner, '--directory', work, '--file', layer, '.'], { signal });
		await writeImageArchive({
			path,
			name: image,
			architecture: base.architecture,
			layers: [base.supervisorTar, layer],
			config: describeConfig(image),
			signal,
		});
	} finally {
		rmSync(work, { recursive: true, force: true });
		rmSync(`${work}.tar`, { force: true });
	}
}

function describeConfig(image: string): Readonly<Record<string, unknown>> {
	const { repository, tag } = splitName(image);
	return {
		Env: [
			'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
			'LED_FILE=/dev/null',
			`SUPERVISOR_IMAGE=${repository}`,
			`VERSION=${tag}`,
		],
		Cmd: [`${FOLDER}/entry.sh`],
		WorkingDir: FOLDER,
		Healthcheck: {
			Test: ['CMD-SHELL', HEALTH],
			Interval: 300 * SECOND_NS,
			StartPeriod: 60 * SECOND_NS,
			Timeout: 30 * SECOND_NS,
			Retries: 3,
		},
		Labels: { 'org.opencontainers.image.title': 'balena-supervisor', 'org.opencontainers.image.version': tag },
	};
}

function splitName(image: string): { readonly repository: string; readonly tag: string } {
	const tag = /:([^:/]*)$/.exec(image)?.[1];
	return { repository: tag === undefined ? image : image.slice(0, -tag.length - 1), tag: tag ?? 'latest' };
}

/** The run-time tree of every image. What lies beside another program is not ours to take. */
function layOutTree(tree: {
	readonly folder: string;
	readonly program: string;
	readonly binary?: string | undefined;
}): void {
	const { folder, program, binary } = tree;
	if (dirname(program) === join(PROJECT, 'dist')) {
		makeRuntimeTree({ dist: dirname(program), folder, binary });
		return;
	}
	const dist = mkdtempSync(join(tmpdir(), 'dindctl-program-'));
	try {
		cpSync(program, join(dist, 'app.js'));
		makeRuntimeTree({ dist, folder, binary });
	} finally {
		rmSync(dist, { recursive: true });
	}
}
