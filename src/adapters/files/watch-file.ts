import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Log } from '../../ports/log.ts';
import { systemCodeOf } from './file-error.ts';

/**
 * Calls back when the file may have changed, also by being replaced. Where the system cannot watch it, there are no calls:
 * the callback only wakes, and the file is read from time to time in any case. Returns what ends it.
 */
export function watchFile(path: string, changed: () => void, log: Log): () => void {
	const impossible = (error: unknown) => {
		log.debug('cannot watch a file for changes', { path, error: systemCodeOf(error) });
	};
	let watcher: FSWatcher;
	try {
		watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
			if (name === null || name === basename(path)) {
				changed();
			}
		});
	} catch (error) {
		if (systemCodeOf(error) === undefined) {
			throw error;
		}
		impossible(error);
		return () => undefined;
	}
	watcher.on('error', (error) => {
		impossible(error);
		watcher.close();
	});
	return () => {
		watcher.close();
	};
}
