import { existsSync, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Changes } from './remote-engine.ts';

/** An editor writes a file in several steps, and a change of branch many files. */
const QUIET_MS = 300;
const IGNORED = ['node_modules', 'sync', 'test'];

/** Whether a change of this file, by its path in the project, goes to the device (spec: dev-tools 6.6). */
export function isWatched(path: string): boolean {
	return path.split('/').every((part) => !part.startsWith('.') && !IGNORED.includes(part));
}

/** Calls back with all changes since the last call, once nothing has changed for a moment. Ends with the signal. */
export function watchProject(project: string, changed: (changes: Changes) => void, signal: AbortSignal): void {
	const paths = new Set<string>();
	let timer: NodeJS.Timeout | undefined;
	const report = () => {
		const all = [...paths];
		paths.clear();
		const isThere = (path: string) => existsSync(join(project, path));
		changed({
			changed: all.filter((path) => isThere(path) && statSync(join(project, path)).isFile()),
			removed: all.filter((path) => !isThere(path)),
		});
	};
	const add = (path: string) => {
		if (!isWatched(path)) return;
		paths.add(path);
		clearTimeout(timer);
		timer = setTimeout(report, QUIET_MS);
	};
	watch(project, { signal }, (_event, name) => {
		if (name !== null) add(name);
	});
	// Not from the project down: node_modules alone has more files than a machine lets a user watch.
	for (const folder of readdirSync(project, { withFileTypes: true })) {
		if (!folder.isDirectory() || !isWatched(folder.name)) continue;
		watch(join(project, folder.name), { recursive: true, signal }, (_event, name) => {
			if (name !== null) add(join(folder.name, name));
		});
	}
	signal.addEventListener('abort', () => {
		clearTimeout(timer);
	});
}
