import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAndPush, builtName, runDocker } from '../../tools/device/index.ts';

export interface RealEngine {
	/** As in `DOCKER_HOST`. */
	readonly host: string;
	readonly socketPath: string;
	readonly registry: string;
	/** An image with a shell in it, to build from. */
	readonly base: string;
	/** Makes a tiny image, pushes it and forgets it locally; resolves to `registry/repo@sha256:…`. */
	pushImage(name: string, options?: TinyImage): Promise<string>;
	docker(...args: readonly string[]): Promise<string>;
	readonly eventually: (condition: () => Promise<boolean> | boolean) => Promise<void>;
	dispose(): Promise<void>;
}

interface TinyImage {
	readonly command?: readonly string[];
	/** Different content gives a different digest. */
	readonly content?: string;
}

const EVENTUALLY_MS = 60_000;

/** The private engine that `tools/device/run-inside.ts` gives to a test run. */
export async function requireEngine(): Promise<RealEngine> {
	const host = process.env['DOCKER_HOST'];
	const registry = process.env['TEST_REGISTRY'];
	const base = process.env['TEST_BASE_IMAGE'];
	if (host?.startsWith('unix://') !== true || registry === undefined || base === undefined) {
		throw new Error(
			'no engine for tests: run this through `node --import tsx tools/device/run-inside.ts -- npx mocha …`',
		);
	}
	const socketPath = host.slice('unix://'.length);
	const folder = await mkdtemp(join(tmpdir(), 'image-'));
	return {
		host,
		socketPath,
		registry,
		base,
		pushImage: async (name, { command = ['sleep', '86400'], content = name } = {}) => {
			await writeFile(join(folder, 'content'), content);
			// Killed at once: a shell that sleeps does not listen to anything gentler.
			const lines = [`FROM ${base}`, 'STOPSIGNAL SIGKILL', 'COPY content /content', `CMD ${JSON.stringify(command)}`];
			await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
			const { reference } = await buildAndPush({ socketPath, registry, name, context: folder });
			await forgetBuilt(socketPath, builtName(name));
			return reference;
		},
		docker: (...args) => runDocker(socketPath, args),
		eventually: async (condition) => {
			const end = Date.now() + EVENTUALLY_MS;
			while (!(await condition())) {
				if (Date.now() > end) {
					throw new Error('it did not happen in time');
				}
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		},
		dispose: () => rm(folder, { recursive: true }),
	};
}

/** A supervisor that runs on the same engine may clean up in the same moment. */
async function forgetBuilt(socketPath: string, name: string): Promise<void> {
	try {
		await runDocker(socketPath, ['rmi', '--force', name]);
	} catch (error) {
		if (!/unrecognized image ID|No such image/.test(String(error))) throw error;
	}
}
