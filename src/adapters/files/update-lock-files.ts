import isEqual from 'lodash/isEqual.js';
import { chmod, mkdir, readdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { OperationalError } from '../../ports/operational-error.ts';
import { lockfileExists, type HeldLocks, type UpdateLocks } from '../../ports/update-locks.ts';
import { systemCodeOf, toFileError } from './file-error.ts';
import { KeyedQueue } from '../../lib/keyed-queue.ts';
import { LockFolder } from './lock-folder.ts';
import { createLockFile, findLockFiles, LOCK_NAMES, readLockOwner } from './own-lock-files.ts';

/** Containers of any user leave files there, and none may remove files of another user. */
const DIRECTORY_MODE = 0o1777;
/** Tries; a service that recreates its lock each time keeps it. */
const ATTEMPTS_MAX = 3;

interface Taking {
	readonly appId: number;
	readonly services: readonly string[];
	readonly force: boolean;
}

/** Update locks as files below `/tmp` of the host. Caches only what it has read; the files are the truth. */
export class UpdateLockFiles implements UpdateLocks {
	readonly #folder: LockFolder;
	readonly #queue = new KeyedQueue<number | 'reading'>();
	#held: ReadonlyMap<number, HeldLocks> = new Map();
	#isStale = true;

	constructor(rootPath: string) {
		this.#folder = new LockFolder(rootPath);
	}

	held(): Promise<ReadonlyMap<number, HeldLocks>> {
		return this.#queue.run('reading', async () => {
			if (this.#isStale) {
				await this.#read();
			}
			return this.#held;
		});
	}

	refresh(): void {
		this.#isStale = true;
	}

	take(options: Taking): Promise<void> {
		return this.#change(options.appId, async () => {
			try {
				await this.#takeAll(options);
			} catch (error) {
				await this.#giveUp(options.appId);
				throw error;
			}
		});
	}

	release(appId: number): Promise<void> {
		return this.#change(appId, () => this.#removeOurs(appId));
	}

	async lockableServices(appId: number): Promise<readonly string[]> {
		return await listDirectories(this.#folder.ofApp(appId));
	}

	async #read(): Promise<void> {
		this.#isStale = false; // before reading, so that later changes are read again
		try {
			const found = await readHeldLocks(this.#folder);
			this.#held = isEqual(found, this.#held) ? this.#held : found;
		} catch (error) {
			this.#isStale = true;
			throw error;
		}
	}

	#change(appId: number, work: () => Promise<void>): Promise<void> {
		return this.#queue.run(appId, async () => {
			try {
				await work();
			} finally {
				this.#isStale = true;
			}
		});
	}

	async #takeAll({ appId, services, force }: Taking): Promise<void> {
		for (const serviceName of services) {
			for (const name of LOCK_NAMES) {
				if (!(await this.#takeOne({ appId, serviceName, name, force }))) {
					throw lockfileExists(appId, serviceName);
				}
			}
		}
	}

	/** A lock that is ours already, perhaps from before a restart, is taken. */
	async #takeOne(options: { appId: number; serviceName: string; name: string; force: boolean }): Promise<boolean> {
		const { appId, serviceName, name, force } = options;
		const directory = this.#folder.ofService(appId, serviceName);
		const path = `${directory}/${name}`;
		for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
			const owner = await readLockOwner(path);
			if (owner === 'supervisor') {
				return true;
			}
			if (owner === 'user') {
				if (!force) {
					return false;
				}
				await this.#folder.removeAny(path);
			}
			await ensureDirectory(directory);
			if (await createLockFile(path, this.#folder.ofApp(appId))) {
				return true;
			}
		}
		return false;
	}

	/** Only the failure that led here is thrown. Files that cannot be removed stay ours, and the next read finds them. */
	async #giveUp(appId: number): Promise<void> {
		try {
			await this.#removeOurs(appId);
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
		}
	}

	async #removeOurs(appId: number): Promise<void> {
		for (const path of await findLockFiles(this.#folder.ofApp(appId))) {
			try {
				await unlink(path);
			} catch (error) {
				if (systemCodeOf(error) !== 'ENOENT') {
					throw toFileError('file-unwritable', path, error);
				}
			}
		}
	}
}

async function ensureDirectory(path: string): Promise<void> {
	try {
		await mkdir(path, { recursive: true });
		await chmod(path, DIRECTORY_MODE); // the engine creates it with another mode, and the umask of the process limits ours
	} catch (error) {
		throw toFileError('file-unwritable', path, error);
	}
}

async function readHeldLocks(folder: LockFolder): Promise<ReadonlyMap<number, HeldLocks>> {
	const held = new Map<number, HeldLocks>();
	for (const name of await listDirectories(folder.path)) {
		const appId = Number(name);
		const directory = folder.ofApp(appId);
		const files = String(appId) === name ? await findLockFiles(directory) : [];
		if (files.length > 0) {
			held.set(appId, completeLocks(directory, files));
		}
	}
	return held;
}

/** Services with both files. */
function completeLocks(appDirectory: string, files: readonly string[]): HeldLocks {
	const paths = new Set(files);
	const services = files.map(dirname).filter((directory) => dirname(directory) === appDirectory);
	return new Set(
		services
			.filter((directory) => LOCK_NAMES.every((name) => paths.has(`${directory}/${name}`)))
			.map((directory) => basename(directory)),
	);
}

/** By name, so that the same folder gives the same result. */
async function listDirectories(path: string): Promise<readonly string[]> {
	try {
		const entries = await readdir(path, { withFileTypes: true });
		return entries
			.filter((entry) => entry.isDirectory())
			.map(({ name }) => name)
			.sort();
	} catch (error) {
		if (systemCodeOf(error) === 'ENOENT') {
			return [];
		}
		throw toFileError('file-unreadable', path, error);
	}
}
