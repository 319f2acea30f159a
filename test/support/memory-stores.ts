import { LOCAL_SOURCE } from '../../src/adapters/sqlite/index.ts';
import { variablesToStore } from '../../src/config/index.ts';
import type { ImageRecord, KeptVolume, StoredImageRecord } from '../../src/domain/engine-objects.ts';
import { isSameCause, type RebootCause, type RebootRecord } from '../../src/domain/reboot.ts';
import type { RequestBody, RequestOutcome, UpdateRequest } from '../../src/domain/request.ts';
import type { TargetApp, TargetDocument } from '../../src/domain/target.ts';
import type { RebootStore } from '../../src/ports/reboot-store.ts';
import type { RequestStore, StoredRequest } from '../../src/ports/request-store.ts';
import type { EngineSnapshot, SnapshotStore } from '../../src/ports/snapshot-store.ts';
import type {
	CommitStore,
	ImageStore,
	KeptVolumeStore,
	KeyStore,
	LocalAppStore,
	Scope,
	TargetStore,
} from '../../src/ports/stores.ts';

/** Stores in memory, for simulations. The same contract suite runs on these and on the real ones. */
export class MemoryImageStore implements ImageStore {
	#rows: StoredImageRecord[] = [];
	#nextId = 1;

	list(): Promise<readonly StoredImageRecord[]> {
		return Promise.resolve(this.#rows);
	}

	save(record: ImageRecord, dockerImageId?: string): Promise<void> {
		const id = dockerImageId === undefined ? {} : { dockerImageId };
		const same = this.#rows.find((row) => keyOf(row) === keyOf(record));
		this.#rows =
			same === undefined
				? [...this.#rows, { ...record, id: this.#nextId++, ...id }]
				: this.#rows.map((row) => (row === same ? { ...row, ...id } : row));
		return Promise.resolve();
	}

	remove(id: number): Promise<void> {
		this.#rows = this.#rows.filter((row) => row.id !== id);
		return Promise.resolve();
	}
}

export class MemoryKeptVolumeStore implements KeptVolumeStore {
	#volumes: readonly KeptVolume[] = [];

	list(): Promise<readonly KeptVolume[]> {
		return Promise.resolve(this.#volumes);
	}

	save(volumes: readonly KeptVolume[]): Promise<void> {
		const names = volumes.map(({ name }) => name);
		this.#volumes = [...this.#volumes.filter(({ name }) => !names.includes(name)), ...volumes];
		return Promise.resolve();
	}

	forget(name: string): Promise<void> {
		this.#volumes = this.#volumes.filter((volume) => volume.name !== name);
		return Promise.resolve();
	}
}

export class MemoryRebootStore implements RebootStore {
	#records: readonly (RebootRecord & { readonly markId: string })[] = [];

	list(): Promise<readonly RebootRecord[]> {
		return Promise.resolve(
			this.#records.map(({ scope, what, reboots, isGivenUp }) => ({ scope, what, reboots, isGivenUp })),
		);
	}

	count(causes: readonly RebootCause[], markId: string): Promise<void> {
		for (const { scope, what } of causes) {
			const known = this.#records.find((record) => isSameCause(record, { scope, what }));
			if (known === undefined) {
				this.#records = [...this.#records, { scope, what, reboots: 1, markId, isGivenUp: false }];
			} else if (known.markId !== markId) {
				const counted = { ...known, reboots: known.reboots + 1, markId };
				this.#records = this.#records.map((record) => (record === known ? counted : record));
			}
		}
		return Promise.resolve();
	}

	giveUp(cause: RebootCause): Promise<void> {
		this.#records = this.#records.map((record) =>
			isSameCause(record, cause) ? { ...record, isGivenUp: true } : record,
		);
		return Promise.resolve();
	}

	forget(causes: readonly RebootCause[]): Promise<void> {
		this.#records = this.#records.filter((record) => !causes.some((cause) => isSameCause(cause, record)));
		return Promise.resolve();
	}
}

function keyOf(record: ImageRecord): string {
	const { name, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit } = record;
	return JSON.stringify([name, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit]);
}

export class MemoryRequestStore implements RequestStore {
	#requests: readonly Omit<UpdateRequest, 'since'>[] = [];
	readonly #outcomes = new Map<string, RequestOutcome>();
	readonly #known = new Map<string, Omit<StoredRequest, 'outcome'>>();

	list(): Promise<readonly Omit<UpdateRequest, 'since'>[]> {
		return Promise.resolve(this.#requests);
	}

	async add(
		{ id: newId, body, force, asker }: Parameters<RequestStore['add']>[0],
		supersedes: readonly string[],
	): Promise<void> {
		const request = { id: newId, body, force, ...(asker === undefined ? {} : { asker }) };
		this.#known.set(newId, request);
		for (const id of supersedes) {
			await this.close(id, { kind: 'superseded' });
		}
		this.#requests = [...this.#requests, { ...request, state: 'open' }];
	}

	update(id: string, body: RequestBody): Promise<void> {
		this.#requests = this.#requests.map((request) => (request.id === id ? { ...request, body } : request));
		return Promise.resolve();
	}

	hold(id: string): Promise<void> {
		this.#requests = this.#requests.map((request) => (request.id === id ? { ...request, state: 'holding' } : request));
		this.#outcomes.set(id, { kind: 'done' });
		return Promise.resolve();
	}

	close(id: string, outcome: RequestOutcome): Promise<void> {
		this.#requests = this.#requests.filter((request) => request.id !== id);
		this.#outcomes.set(id, outcome);
		return Promise.resolve();
	}

	find(id: string): Promise<StoredRequest | undefined> {
		const known = this.#known.get(id);
		const outcome = this.#outcomes.get(id);
		return Promise.resolve(known === undefined || outcome === undefined ? known : { ...known, outcome });
	}
}

export class MemoryCommitStore implements CommitStore {
	#commits: ReadonlyMap<number, string> = new Map();

	list(): Promise<ReadonlyMap<number, string>> {
		return Promise.resolve(this.#commits);
	}

	save(appId: number, commit: string): Promise<void> {
		this.#commits = new Map([...this.#commits, [appId, commit]]);
		return Promise.resolve();
	}
}

/** Apps of the cloud and of a developer; name and variables are those of the last target of either. */
export class MemoryTargetStore implements TargetStore, LocalAppStore {
	#target: TargetDocument | undefined;
	#localApps: readonly TargetApp[] = [];
	readonly #isLocalMode: () => boolean;
	readonly #listeners = new Set<() => void>();

	constructor(isLocalMode: () => boolean = () => false) {
		this.#isLocalMode = isLocalMode;
	}

	read(): Promise<TargetDocument | undefined> {
		return Promise.resolve(this.current());
	}

	/** The target in force. */
	current(): TargetDocument | undefined {
		return this.#target && (this.#isLocalMode() ? { ...this.#target, apps: this.#localApps } : this.#target);
	}

	replace(target: TargetDocument, source = 'cloud'): Promise<void> {
		const isLocal = source === LOCAL_SOURCE;
		this.#localApps = isLocal ? target.apps : this.#localApps;
		const apps = isLocal ? (this.#target?.apps ?? []) : target.apps;
		this.#target = { ...target, apps, config: variablesToStore(target.config) };
		this.sourceChanged();
		return Promise.resolve();
	}

	/** Another target may be in force. */
	sourceChanged(): void {
		this.#listeners.forEach((listener) => {
			listener();
		});
	}

	hasLocalApps(): Promise<boolean> {
		return Promise.resolve(this.#localApps.length > 0);
	}

	removeLocalApps(): Promise<void> {
		this.#localApps = [];
		return Promise.resolve();
	}

	/** Volumes of the cloud's apps, by their names on the engine. */
	cloudVolumes(): readonly string[] {
		return (this.#target?.apps ?? []).flatMap(({ appId, release }) =>
			Object.keys(release?.volumes ?? {}).map((name) => `${appId}_${name}`),
		);
	}

	onChange(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}
}

export class MemoryKeyStore implements KeyStore {
	readonly #keys = new Map<string, readonly Scope[]>();
	readonly #byService = new Map<string, string>();

	scopesOf(key: string): Promise<readonly Scope[] | undefined> {
		return Promise.resolve(this.#keys.get(key));
	}

	globalKey(): Promise<string> {
		this.#keys.set('0'.repeat(32), [{ type: 'global' }]);
		return Promise.resolve('0'.repeat(32));
	}

	serviceKey(appId: number, serviceName: string, inUse = ''): Promise<string> {
		const owner = `${String(appId)}/${serviceName}`;
		const isFree = /^[0-9a-f]{32}$/.test(inUse) && !this.#keys.has(inUse);
		const key = this.#byService.get(owner) ?? (isFree ? inUse : newKey(owner));
		this.#byService.set(owner, key);
		this.#keys.set(key, [{ type: 'app', appId }]);
		return Promise.resolve(key);
	}
}

function newKey(owner: string): string {
	return Buffer.from(owner).toString('hex').padEnd(32, '0').slice(0, 32);
}

export class MemorySnapshotStore implements SnapshotStore {
	#taken: { readonly snapshot: EngineSnapshot; readonly takenAt: string } | undefined;

	read() {
		return Promise.resolve(this.#taken);
	}

	save(snapshot: EngineSnapshot, takenAt: Date): Promise<void> {
		this.#taken = { snapshot, takenAt: takenAt.toISOString() };
		return Promise.resolve();
	}

	remove(): Promise<void> {
		this.#taken = undefined;
		return Promise.resolve();
	}
}
