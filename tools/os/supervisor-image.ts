import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeRuntimeTree } from '../../build-utils/runtime-tree.ts';
import { runDocker } from '../device/index.ts';
import type { OsBase } from './base.ts';
import { ensureImported } from './host-container.ts';

const PROJECT = join(import.meta.dirname, '../..');
const DOCKERFILE = `ARG BASE
FROM \${BASE}
WORKDIR /usr/src/app
COPY . .
ARG IMAGE
ENV LED_FILE=/dev/null SUPERVISOR_IMAGE=\${IMAGE} VERSION=master
HEALTHCHECK --interval=5m --start-period=1m --timeout=30s --retries=3 \\
	CMD wget http://127.0.0.1:\${LISTEN_PORT:-48484}/v1/healthy -O - -q
CMD ["/usr/src/app/entry.sh"]
`;

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
		layOutTree(context, options.program);
		writeFileSync(join(context, '.dockerignore'), 'Dockerfile\n.dockerignore\n');
		writeFileSync(join(context, 'Dockerfile'), DOCKERFILE);
		const args = ['--build-arg', `BASE=${baseName}`, '--build-arg', `IMAGE=${image.replace(/:[^:/]*$/, '')}`];
		await runDocker(socketPath, ['build', '--quiet', ...args, '--tag', image, context], { signal });
	} finally {
		rmSync(context, { recursive: true, force: true });
	}
}

/** The run-time tree of every image. What lies beside another program is not ours to take. */
function layOutTree(folder: string, program: string): void {
	if (dirname(program) === join(PROJECT, 'dist')) {
		makeRuntimeTree({ dist: dirname(program), folder });
		return;
	}
	const dist = mkdtempSync(join(tmpdir(), 'dindctl-program-'));
	try {
		cpSync(program, join(dist, 'app.js'));
		makeRuntimeTree({ dist, folder });
	} finally {
		rmSync(dist, { recursive: true });
	}
}
