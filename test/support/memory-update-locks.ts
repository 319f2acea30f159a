import isEqual from 'lodash/isEqual.js';
import { lockfileExists, type HeldLocks, type UpdateLocks } from '../../src/ports/update-locks.ts';

const NAMES = ['updates.lock', 'resin-updates.lock'];

/** What is below the host's `/tmp`: survives every supervisor, not the boot. */
export class MemoryLockDisk {
	/** By `1/web/updates.lock`, whose it is. Tests and simulations change it as services would. */
	readonly files = new Map<string, 'supervisor' | 'user'>();
	/** `1/web`: made by the engine, or by taking a lock. */
	readonly directories = new Set<string>();

	/** A service says "not now". */
	lockAsUser(appId: number, serviceName: string): void {
		this.put(`${appId}/${serviceName}/updates.lock`, 'user');
	}

	/** It changed its mind; also true of one that never had. */
	unlockAsUser(appId: number, serviceName: string): void {
		for (const name of NAMES) {
			const path = `${appId}/${serviceName}/${name}`;
			if (this.files.get(path) === 'user') {
				this.files.delete(path);
			}
		}
	}

	isLockedByUser(appId: number, serviceName: string): boolean {
		return NAMES.some((name) => this.files.get(`${appId}/${serviceName}/${name}`) === 'user');
	}

	put(path: string, owner: 'supervisor' | 'user'): void {
		this.files.set(path, owner);
		this.directories.add(path.split('/').slice(0, 2).join('/'));
	}

	/** What a boot does. */
	clear(): void {
		this.files.clear();
		this.directories.clear();
	}
}

function isPlaceOfLock(path: string): boolean {
	const [, first = '', ...rest] = path.split('/');
	return rest.length === 0 ? first.endsWith('updates.lock') : NAMES.includes(rest.join('/'));
}

/**
 * Update locks in memory, for simulations. The same contract suite runs on these and on the real ones. A supervisor that
 * starts again gets a new one over the same disk.
 */
export class MemoryUpdateLocks implements UpdateLocks {
	readonly disk: MemoryLockDisk;
	#held: ReadonlyMap<number, HeldLocks> = new Map();
	#isStale = true;

	constructor(disk = new MemoryLockDisk()) {
		this.disk = disk;
	}

	held(): Promise<ReadonlyMap<number, HeldLocks>> {
		if (this.#isStale) {
			const found = this.#readHeld();
			this.#held = isEqual(found, this.#held) ? this.#held : found;
			this.#isStale = false;
		}
		return Promise.resolve(this.#held);
	}

	refresh(): void {
		this.#isStale = true;
	}

	take(options: { appId: number; services: readonly string[]; force: boolean }): Promise<void> {
		const { appId, services, force } = options;
		this.#isStale = true;
		const wanted = services.flatMap((service) =>
			NAMES.map((name) => ({ service, path: `${appId}/${service}/${name}` })),
		);
		for (const { service, path } of wanted) {
			if (/^$|^\.\.?$|[/\0]/.test(service)) {
				this.#removeOurs(appId);
				return Promise.reject(new Error(`not the name of a service: ${service}`));
			}
			if (this.disk.files.get(path) === 'user' && !force) {
				this.#removeOurs(appId);
				return Promise.reject(lockfileExists(appId, service));
			}
			this.disk.put(path, 'supervisor');
		}
		return Promise.resolve();
	}

	release(appId: number): Promise<void> {
		this.#isStale = true;
		this.#removeOurs(appId);
		return Promise.resolve();
	}

	lockableServices(appId: number): Promise<readonly string[]> {
		const prefix = `${appId}/`;
		const directories = [...this.disk.directories].filter((directory) => directory.startsWith(prefix));
		return Promise.resolve(directories.map((directory) => directory.slice(prefix.length)).sort());
	}

	#removeOurs(appId: number): void {
		for (const path of this.#ours().filter((each) => each.startsWith(`${appId}/`))) {
			this.disk.files.delete(path);
		}
	}

	#ours(): readonly string[] {
		return [...this.disk.files].flatMap(([path, owner]) =>
			owner === 'supervisor' && isPlaceOfLock(path) ? [path] : [],
		);
	}

	#readHeld(): ReadonlyMap<number, HeldLocks> {
		const held = new Map<number, Set<string>>();
		const ours = new Set(this.#ours());
		for (const path of ours) {
			const [appId = '', service = ''] = path.split('/');
			const services = held.get(Number(appId)) ?? new Set();
			held.set(Number(appId), services);
			if (NAMES.every((name) => ours.has(`${appId}/${service}/${name}`))) {
				services.add(service);
			}
		}
		return held;
	}
}
