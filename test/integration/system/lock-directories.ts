import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the engine takes the lock directory of a service from. Inside a private engine's host, `/tmp` is its own. */
const MOUNTED = '/tmp/balena-supervisor/services';
export const LOCK_NAMES: readonly string[] = ['updates.lock', 'resin-updates.lock'];

/** The lock directories of an app, as the supervisor and the containers of the app see them: the same ones. */
export interface LockDirectories {
	/** Services of which both files belong to the supervisor. */
	held(): readonly string[];
	/** The owner of the file; `undefined` if there is no file. */
	ownerOf(service: string, name?: string): number | undefined;
	/** A file of another owner than the supervisor's. */
	lockAsUser(service: string, name?: string): void;
	/** A file that a killed supervisor leaves. */
	leaveBehind(service: string, name: string): string;
	exists(service: string, name: string): boolean;
	pathOf(service: string, name: string): string;
	remove(service: string, name: string): void;
	/** Of the user's, all; of the supervisor's, none. */
	clear(): void;
	/** The directories too. */
	dispose(): void;
}

const SUPERVISOR_UID = 65_534;

/** Shares the lock directories of the containers with a supervisor that uses this folder as the host's root. */
export function shareLockDirectories(rootPath: string, appId: number): LockDirectories {
	const appDirectory = join(MOUNTED, String(appId));
	rmSync(appDirectory, { recursive: true, force: true }); // of another device, with an app of the same id
	mkdirSync(MOUNTED, { recursive: true });
	const seen = join(rootPath, 'tmp/balena-supervisor/services');
	mkdirSync(dirname(seen), { recursive: true });
	symlinkSync(MOUNTED, seen);
	return openLockDirectories(appDirectory);
}

function openLockDirectories(appDirectory: string): LockDirectories {
	const pathOf = (service: string, name: string) => join(appDirectory, service, name);
	const ownerOf = (service: string, name = 'updates.lock') =>
		statSync(pathOf(service, name), { throwIfNoEntry: false })?.uid;
	const write = (service: string, name: string) => {
		mkdirSync(join(appDirectory, service), { recursive: true });
		writeFileSync(pathOf(service, name), '');
		return pathOf(service, name);
	};
	return {
		pathOf,
		ownerOf,
		held: () =>
			listDirectories(appDirectory).filter((service) =>
				LOCK_NAMES.every((name) => ownerOf(service, name) === SUPERVISOR_UID),
			),
		lockAsUser: (service, name = 'updates.lock') => void write(service, name),
		leaveBehind: (service, name) => {
			const path = write(service, name);
			chownSync(path, SUPERVISOR_UID, SUPERVISOR_UID);
			return path;
		},
		exists: (service, name) => existsSync(pathOf(service, name)),
		clear: () => {
			for (const service of listDirectories(appDirectory)) {
				const users = LOCK_NAMES.filter((name) => ![undefined, SUPERVISOR_UID].includes(ownerOf(service, name)));
				for (const name of users) rmSync(pathOf(service, name), { recursive: true });
			}
		},
		dispose: () => rmSync(appDirectory, { recursive: true, force: true }),
		remove: (service, name) => rmSync(pathOf(service, name), { recursive: true }),
	};
}

function listDirectories(path: string): readonly string[] {
	return existsSync(path) ? readdirSync(path).sort() : [];
}
