import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runDocker } from '../device/index.ts';
import type { OsBase } from './base.ts';
import { ensureImported } from './host-container.ts';

const PROJECT = join(import.meta.dirname, '../..');
const MODULES = ['bindings', 'file-uri-to-path'];
const SQLITE_FILES = ['package.json', 'lib', 'LICENSE', 'build/Release/node_sqlite3.node'];
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

/** Of all packages only sqlite3 stays outside the bundle; `bindings` is for agents that import it by themselves. */
function layOutTree(folder: string, program: string): void {
	const copy = (from: string, to: string) => cpSync(from, join(folder, to), { recursive: true, dereference: true });
	// What lies beside another program is not ours to take.
	if (dirname(program) === join(PROJECT, 'dist')) copy(dirname(program), 'dist');
	copy(program, 'dist/app.js');
	for (const name of ['entry.sh', 'mount-partitions.sh', 'package.json']) copy(join(PROJECT, name), name);
	const modules = join(PROJECT, 'node_modules');
	for (const name of MODULES) copy(join(modules, name), `node_modules/${name}`);
	for (const name of SQLITE_FILES) copy(join(modules, 'sqlite3', name), `node_modules/sqlite3/${name}`);
}
