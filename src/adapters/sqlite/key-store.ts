import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import type { KeyStore, Scope } from '../../ports/stores.ts';
import type { Connection } from './connection.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';

/** How long the old key may still be used after another process has changed it. */
const CACHE_MS = 60_000;

interface SecretRow {
	readonly id: number;
	readonly appId: number | null;
	readonly serviceName: string | null;
	readonly key: string | null;
	readonly scopes: string | null;
}

interface Secret {
	readonly owner: Owner;
	readonly key: string;
	readonly scopes: readonly Scope[];
}

interface Owner {
	readonly appId: number;
	/** `null`: the cloud. */
	readonly serviceName: string | null;
}

/** As we make them: a word of the user's own is none. */
const KEY_FORM = /^[0-9a-f]{32}$/;

const CLOUD: Owner = { appId: 0, serviceName: null };
const GLOBAL: readonly Scope[] = [{ type: 'global' }];

export class SqliteKeyStore implements KeyStore {
	readonly #connection: Connection;
	readonly #nowMs: () => number;
	readonly #queue = new SerialQueue();
	#onKey: ((key: string) => void) | undefined;
	#cached: { readonly secrets: readonly Secret[]; readonly untilMs: number } | undefined;

	constructor(connection: Connection, nowMs: () => number) {
		this.#connection = connection;
		this.#nowMs = nowMs;
	}

	/** Called with every key before it is used: both read and new keys. */
	watch(onKey: (key: string) => void): void {
		this.#onKey = onKey;
	}

	async scopesOf(key: string): Promise<readonly Scope[] | undefined> {
		return (await this.#read()).find((secret) => secret.key === key)?.scopes;
	}

	globalKey(): Promise<string> {
		return this.#ensure(CLOUD, GLOBAL);
	}

	serviceKey(appId: number, serviceName: string, inUse?: string): Promise<string> {
		return this.#ensure({ appId, serviceName }, [{ type: 'app', appId }], inUse);
	}

	/** Replaces a key by a new one of the same owner and scopes; the old one becomes unknown. */
	regenerate(key: string): Promise<string | undefined> {
		return this.#queue.run(async () => {
			// Queued: if two callers renew one key at once, the second finds it gone.
			const secret = (await this.#load()).find((known) => known.key === key);
			return secret && (await this.#replace(secret.owner, secret.scopes, newKey()));
		});
	}

	async #ensure(owner: Owner, scopes: readonly Scope[], inUse?: string): Promise<string> {
		const known = findKey(await this.#read(), owner, scopes);
		return known ?? (await this.#queue.run(() => this.#ensureInTurn(owner, scopes, inUse)));
	}

	/** Looks again: an earlier call in the queue may have created the key. */
	async #ensureInTurn(owner: Owner, scopes: readonly Scope[], inUse: string | undefined): Promise<string> {
		const secrets = await this.#load();
		const isFree = inUse !== undefined && KEY_FORM.test(inUse) && !isTaken(secrets, owner, inUse);
		return findKey(secrets, owner, scopes) ?? (await this.#replace(owner, scopes, isFree ? inUse : newKey()));
	}

	async #replace(owner: Owner, scopes: readonly Scope[], key: string): Promise<string> {
		this.#onKey?.(key);
		await this.#connection.transaction(async (db) => {
			await db<SecretRow>('apiSecret')
				.where({ ...owner })
				.delete();
			await db('apiSecret').insert({ ...owner, key, scopes: JSON.stringify(scopes) });
		});
		this.#cached = undefined;
		return key;
	}

	async #read(): Promise<readonly Secret[]> {
		const cached = this.#fresh();
		return cached ?? (await this.#queue.run(() => this.#load()));
	}

	async #load(): Promise<readonly Secret[]> {
		const cached = this.#fresh();
		if (cached !== undefined) {
			return cached;
		}
		const untilMs = this.#nowMs() + CACHE_MS;
		const secrets = await this.#connection.query(readSecrets);
		secrets.forEach(({ key }) => this.#onKey?.(key));
		this.#cached = { secrets, untilMs };
		return secrets;
	}

	#fresh(): readonly Secret[] | undefined {
		return this.#cached !== undefined && this.#nowMs() < this.#cached.untilMs ? this.#cached.secrets : undefined;
	}
}

function newKey(): string {
	return randomUUID().replaceAll('-', '');
}

/** By another owner, or by this one, whose row does not do. */
function isTaken(secrets: readonly Secret[], owner: Owner, key: string): boolean {
	return secrets.some((secret) => secret.key === key || isDeepStrictEqual(secret.owner, owner));
}

/** If one owner has several keys, which the table allows for the cloud, the newest comes first. */
async function readSecrets(db: Knex): Promise<readonly Secret[]> {
	const rows = await db<SecretRow>('apiSecret').select('*').orderBy('id', 'desc');
	return rows.flatMap(({ appId, serviceName, key, scopes }) =>
		key === null || key === '' ? [] : [{ owner: { appId: appId ?? 0, serviceName }, key, scopes: parseScopes(scopes) }],
	);
}

function findKey(secrets: readonly Secret[], owner: Owner, scopes: readonly Scope[]): string | undefined {
	const secret = secrets.find((known) => isDeepStrictEqual(known.owner, owner));
	return secret !== undefined && isDeepStrictEqual(secret.scopes, scopes) ? secret.key : undefined;
}

/** Scopes that cannot be parsed give no access, and differ from the wanted ones, so the key is replaced when needed. */
function parseScopes(text: string | null): readonly Scope[] {
	let value: unknown;
	try {
		value = JSON.parse(text ?? '[]');
	} catch {
		return [];
	}
	return Array.isArray(value) ? value.flatMap(parseScope) : [];
}

function parseScope(value: unknown): readonly Scope[] {
	if (typeof value !== 'object' || value === null || !('type' in value)) {
		return [];
	}
	if (value.type === 'global') {
		return [{ type: 'global' }];
	}
	return value.type === 'app' && 'appId' in value && typeof value.appId === 'number'
		? [{ type: 'app', appId: value.appId }]
		: [];
}
