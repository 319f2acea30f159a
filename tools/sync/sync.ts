import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Changes, RemoteEngine } from './remote-engine.ts';
import { makeLiveDockerfile, type LiveDockerfile } from './live-dockerfile.ts';
import type { SyncOptions } from './options.ts';
import { readStageIds, switchSupervisor, writeStageIds } from './remote-supervisor.ts';
import type { RemoteShell } from './ssh.ts';
import { watchProject } from './watch-project.ts';

interface Sync {
	readonly project: string;
	readonly options: SyncOptions;
	readonly engine: RemoteEngine;
	readonly shell: RemoteShell;
	readonly print: (text: string) => void;
	/** Ends the session: the user wants it. */
	readonly signal: AbortSignal;
}

/** Dev-tools 6: builds on the device, switches its supervisor, then copies changes until the signal. */
export async function sync(session: Sync): Promise<void> {
	const { engine, print, signal } = session;
	try {
		const live = makeLiveDockerfile(readFileSync(join(session.project, 'Dockerfile.template'), 'utf8'));
		await buildLive(session, live);
		signal.throwIfAborted();
		await switchSupervisor(session.shell, session.options.image, session.options.tag);
		const { id } = await engine.waitForContainer(signal);
		print(`Supervisor container: ${id}\n`);
		await Promise.all([engine.followLogs(print, signal), pushChanges(session, live)]);
	} catch (error) {
		if (!signal.aborted) throw error;
	} finally {
		if (signal.aborted) {
			print('Cleaning up. Please wait ...\n');
			await engine.removeIntermediate();
		}
	}
}

async function buildLive({ project, options, engine, shell, print }: Sync, { text }: LiveDockerfile): Promise<void> {
	const reference = `${options.image}:${options.tag}`;
	const present = await engine.presentImage();
	const known = await readStageIds(shell);
	const ids = await engine.build({
		project,
		dockerfile: text,
		reference,
		arch: options.arch,
		cacheFrom: [...(present === undefined ? [] : [present]), reference, ...known],
		usesCache: options.usesCache,
		print,
	});
	await writeStageIds(shell, ids);
}

/** One after the other, so that a later change of a file is not overtaken by an earlier one. */
async function pushChanges({ project, engine, print, signal }: Sync, live: LiveDockerfile): Promise<void> {
	let last = Promise.resolve();
	await new Promise<void>((resolve, reject) => {
		signal.addEventListener('abort', () => {
			resolve(last);
		});
		watchProject(
			project,
			(changes) => {
				last = last.then(() => push(changes));
				last.catch(reject);
			},
			signal,
		);
	});

	async function push(changes: Changes): Promise<void> {
		const all = [...changes.changed, ...changes.removed];
		for (const path of all) print(`${changes.removed.includes(path) ? 'Removing' : 'Copying'} ${path}\n`);
		const built = all.filter((path) => live.built.includes(path));
		if (built.length > 0)
			print(`${built.join(', ')}: the image is made of it. End this and start it again to build it.\n`);
		const container = await engine.waitForContainer(signal);
		await engine.push(container, project, changes);
		if (all.some((path) => live.copied.includes(path))) {
			print('Restarting container\n');
			await container.restart();
		}
	}
}
