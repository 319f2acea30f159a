import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BackupError, type MigrationBackup } from '../../ports/migration-backup.ts';
import { systemCodeOf, pathExists, runProgram } from '../files/index.ts';

interface MigrationBackupOptions {
	/** `…/backup.tgz` */
	readonly archivePath: string;
	/** Where the file system of the host is mounted. */
	readonly rootPath: string;
}

/**
 * After a power cut, the remaining files show the progress: only a complete archive is unpacked, a directory leaves the
 * folder when its volume is in place, and the archive is removed last, so that a new archive cannot be mixed up with
 * the rest of this one. Files of a volume are never removed.
 */
export class MigrationBackupFiles implements MigrationBackup {
	readonly #archivePath: string;
	readonly #rootPath: string;
	readonly #unpackedPath: string;

	constructor({ archivePath, rootPath }: MigrationBackupOptions) {
		this.#archivePath = archivePath;
		this.#rootPath = rootPath;
		this.#unpackedPath = join(dirname(archivePath), 'backup');
	}

	exists(): Promise<boolean> {
		return pathExists(this.#archivePath);
	}

	unpack(): Promise<readonly string[]> {
		return asBackupError(async () => {
			if (!(await pathExists(this.#unpackedPath))) {
				const partial = `${this.#unpackedPath}.partial`;
				await rm(partial, { recursive: true, force: true });
				await mkdir(partial);
				await run('tar', ['-xzf', this.#archivePath, '-C', partial]);
				await run('sync', []);
				await rename(partial, this.#unpackedPath);
			}
			const entries = await readdir(this.#unpackedPath, { withFileTypes: true });
			const other = entries.find((entry) => !entry.isDirectory());
			if (other !== undefined) {
				await this.discard();
				throw new BackupError(`Invalid backup: ${other.name} is not a directory`);
			}
			return entries.map(({ name }) => name).sort();
		});
	}

	restore(name: string, hostPath: string): Promise<{ readonly keptAt?: string }> {
		return asBackupError(async () => {
			const source = join(this.#unpackedPath, name);
			const place = join(this.#rootPath, hostPath);
			const arriving = `${place}.restoring`;
			await rm(arriving, { recursive: true, force: true });
			await run('cp', ['-a', source, arriving]);
			await run('sync', []);
			const keptName = await giveWay(place);
			await rename(arriving, place);
			await run('sync', []);
			await rm(source, { recursive: true });
			return keptName === undefined ? {} : { keptAt: join(dirname(hostPath), keptName) };
		});
	}

	discard(): Promise<void> {
		return asBackupError(() => rm(this.#unpackedPath, { recursive: true, force: true }));
	}

	finish(): Promise<void> {
		return asBackupError(async () => {
			await this.discard();
			await rm(this.#archivePath, { force: true });
			await run('sync', []);
		});
	}
}

/** Makes the path free. Returns the new name of what was there, if anything. */
async function giveWay(path: string): Promise<string | undefined> {
	try {
		await rmdir(path);
		return undefined;
	} catch (error) {
		if (systemCodeOf(error) === 'ENOENT') {
			return undefined; // moved by an earlier attempt
		}
		if (systemCodeOf(error) !== 'ENOTEMPTY') {
			throw error;
		}
	}
	for (let number = 1; ; number++) {
		const kept = `${path}.before-restore-${number}`;
		if (!(await isThere(kept))) {
			await rename(path, kept);
			return basename(kept);
		}
	}
}

async function isThere(path: string): Promise<boolean> {
	try {
		await lstat(path);
		return true;
	} catch (error) {
		if (systemCodeOf(error) === 'ENOENT') {
			return false;
		}
		throw error;
	}
}

async function run(program: string, args: readonly string[]): Promise<void> {
	const result = await runProgram(program, args);
	if (result.state === 'missing') {
		throw new BackupError(`there is no program ${program}`);
	}
	if (result.exitCode !== 0) {
		throw new BackupError(`${program} failed: ${result.stderr.trim().split('\n').at(-1) ?? ''}`);
	}
}

async function asBackupError<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (cause) {
		if (cause instanceof BackupError || systemCodeOf(cause) === undefined) {
			throw cause;
		}
		throw new BackupError(cause instanceof Error ? cause.message : String(cause), { cause });
	}
}
