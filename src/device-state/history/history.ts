import {
	identityOf,
	limitEvent,
	matchesQuery,
	type HistoryEntry,
	type HistoryEvent,
	type HistoryQuery,
} from '../../domain/history.ts';
import type { Instant } from '../../domain/plan.ts';
import { fingerprint } from '../../lib/fingerprint.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { Listeners } from '../../lib/listeners.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BootClock, HistoryStore, ReasonMemory } from '../../ports/history-store.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { BootClockReader } from './boot-clock.ts';
import { describeLastRun } from './describe-last-run.ts';
import { RememberedReasons } from './remembered-reasons.ts';

interface HistoryOptions {
	readonly store: HistoryStore;
	readonly bootClock: BootClockReader;
	readonly version: string;
	/** Hides keys of the device. */
	readonly redact: (text: string) => string;
	readonly clock: Clock;
	readonly log: Log;
}

/** Not yet in the table. */
interface Pending {
	readonly event: HistoryEvent;
	readonly id: number;
	readonly count: number;
	readonly firstAt: Instant;
	readonly lastAt: Instant;
}

type Batch = ReadonlyMap<string, Pending>;

/** Between two writes at least. */
const WRITE_EVERY_MS = 5000;
/** More different events within one batch lose the oldest: they also wait while the database cannot be written. */
const BATCH_MAX = 500;

/**
 * What has happened on the device (spec: v3-api 6): events wait for the next batch, which is written at most once in
 * five seconds, never at rest, and when the process stops. A database that cannot be written costs the history only.
 */
export class History implements ReasonMemory {
	readonly name = 'history';
	readonly #options: HistoryOptions;
	readonly #listeners = new Listeners<[HistoryEntry]>();
	readonly #wake = new WakeSignal<'event'>();
	readonly #writes = new SerialQueue();
	readonly #reasons: RememberedReasons;
	/** By what they say; in the order of their ids. */
	#batch: Batch = new Map();
	/** On its way to the table. */
	#writing: Batch = new Map();
	#lastId = 0;
	#lost = 0;
	#failure: string | undefined;
	/** The clock with which the times in the table agree. */
	#written: BootClock | undefined;

	constructor(options: HistoryOptions) {
		this.#options = options;
		this.#reasons = new RememberedReasons(options.clock);
	}

	/** Reads how the last run ended, and what it knew. */
	async start(): Promise<void> {
		const { store, bootClock, version } = this.#options;
		await this.#attempt('read', async () => {
			this.#lastId = Math.max(this.#lastId, await store.lastId());
			this.#reasons.restore(await store.heldReasons());
		});
		const last = await this.#attempt('read', () => store.list({ kinds: ['start'] }, { order: 'newest', limit: 1 }));
		const boot = await bootClock.readBoot();
		this.record(describeLastRun({ version, boot, last: last?.[0] }));
	}

	/** One write for what happens within five seconds; none while nothing happens. */
	async run(signal: AbortSignal): Promise<void> {
		const { clock } = this.#options;
		while (!signal.aborted) {
			await this.#wake.wait(signal);
			await clock.sleep(WRITE_EVERY_MS, signal);
			this.#wake.take();
			if (!isAborted(signal)) {
				await this.flush();
			}
		}
	}

	/** After everything else has stopped. */
	async stop(): Promise<void> {
		const { bootClock } = this.#options;
		const boot = await bootClock.readBoot();
		const how = this.#failure === undefined ? 'in order' : `after an error: ${this.#failure}`;
		this.record({ kind: 'start', event: 'stopped', sentence: `the supervisor stops ${how}`, details: { boot } });
		await this.flush();
	}

	/** The process ends for this. */
	failed(error: unknown): void {
		this.#failure ??= error instanceof Error ? error.message : String(error);
	}

	record(event: HistoryEvent): void {
		const { clock } = this.#options;
		const hidden = limitEvent(this.#redact(event));
		const key = identityOf(hidden);
		const known = this.#batch.get(key);
		const now = clock.now();
		this.#lastId += 1;
		const pending = {
			...{ event: hidden, id: this.#lastId, lastAt: now },
			count: (known?.count ?? 0) + 1,
			firstAt: known?.firstAt ?? now,
		};
		const others = [...this.#batch].filter(([other]) => other !== key).slice(1 - BATCH_MAX);
		this.#lost += Math.max(0, this.#batch.size + (known === undefined ? 1 : 0) - BATCH_MAX);
		this.#batch = new Map([...others, [key, pending]]);
		this.#wake.wake('event');
		this.#listeners.notify(this.#show({ ...pending, count: 1, firstAt: now }));
	}

	/** Each event as it happens, by itself. Returns a function that stops this. */
	onEvent(listener: (entry: HistoryEntry) => void): () => void {
		return this.#listeners.add(listener);
	}

	/** With what is not written yet. Rejects with an `OperationalError`. */
	async list(
		query: HistoryQuery,
		page: { readonly order: 'newest' | 'oldest'; readonly limit: number },
	): Promise<readonly HistoryEntry[]> {
		if (await this.#options.bootClock.hasChanged()) {
			await this.flush(); // times are put right first
		}
		const stored = await this.#options.store.list(query, page);
		const ids = new Set(stored.map(({ id }) => id));
		const pending = [...this.#writing.values(), ...this.#batch.values()].map((one) => this.#show(one));
		const found = [...stored, ...pending.filter((entry) => !ids.has(entry.id) && matchesQuery(entry, query))];
		const sign = page.order === 'newest' ? -1 : 1;
		return found.sort((a, b) => sign * (a.id - b.id)).slice(0, page.limit);
	}

	sinceOf(id: string): Instant | undefined {
		return this.#reasons.sinceOf(fingerprint(id));
	}

	keep(reasons: readonly { readonly id: string; readonly since: Instant }[]): void {
		if (this.#reasons.keep(reasons.map(({ id, since }) => ({ id: fingerprint(id), since })))) {
			this.#wake.wake('event');
		}
	}

	flush(): Promise<void> {
		return this.#writes.run(() => this.#write());
	}

	async #write(): Promise<void> {
		const { store, bootClock, clock } = this.#options;
		const boot = await bootClock.read();
		if (boot.setByMs !== undefined) {
			this.record(describeClock(boot.setByMs));
		}
		const reasons = this.#reasons.takeChanged(boot);
		const isCurrent = this.#written?.bootedAt === boot.bootedAt && this.#written.isSynchronised === boot.isSynchronised;
		if (this.#batch.size === 0 && reasons === undefined && isCurrent) {
			return;
		}
		this.#writing = this.#batch;
		this.#batch = new Map();
		const offset = clock.wall().getTime() - clock.now();
		const wall = (instant: Instant) => Math.round(instant + offset);
		const entries = [...this.#writing.values()].map(({ event, id, count, firstAt, lastAt }) => ({
			...{ ...event, id, count },
			...{ firstAt: wall(firstAt), lastAt: wall(lastAt) },
		}));
		const lift = await this.#attempt('written', () => store.write({ entries, reasons, clock: boot }));
		if (lift === undefined) {
			this.#putBack();
		} else {
			this.#lastId += lift;
			this.#written = boot;
			this.#reasons.written();
		}
		this.#writing = new Map();
		this.#reportLost(lift !== undefined);
	}

	/** It waits for the next event: the database cannot be written. */
	#putBack(): void {
		const merged = new Map(this.#writing);
		for (const [key, pending] of this.#batch) {
			const known = merged.get(key);
			merged.delete(key);
			merged.set(key, {
				...pending,
				count: pending.count + (known?.count ?? 0),
				firstAt: known?.firstAt ?? pending.firstAt,
			});
		}
		this.#lost += Math.max(0, merged.size - BATCH_MAX);
		this.#batch = new Map([...merged].slice(-BATCH_MAX));
	}

	#reportLost(isWritten: boolean): void {
		if (isWritten && this.#lost > 0) {
			const sentence = 'events were not stored: too many, or the database could not be written';
			this.record({ kind: 'storage', event: 'lost', sentence, details: { events: this.#lost } });
			this.#lost = 0;
		}
	}

	#show({ event, id, count, firstAt, lastAt }: Pending): HistoryEntry {
		const { clock, bootClock } = this.#options;
		const offset = clock.wall().getTime() - clock.now();
		return {
			...{ ...event, id, count, isSynchronised: bootClock.isSynchronised },
			...{ firstAt: Math.round(firstAt + offset), lastAt: Math.round(lastAt + offset) },
		};
	}

	#redact(event: HistoryEvent): HistoryEvent {
		const { redact } = this.#options;
		const hide = (value: unknown): unknown =>
			typeof value === 'string' ? redact(value) : Array.isArray(value) ? value.map(hide) : value;
		const details = Object.entries(event.details ?? {}).filter(([, value]) => value !== undefined);
		return {
			...event,
			sentence: redact(event.sentence),
			details:
				details.length === 0
					? undefined
					: (Object.fromEntries(details.map(([name, value]) => [name, hide(value)])) as HistoryEvent['details']), // of the same types
		};
	}

	/** `undefined`: the database failed, which it reports itself. */
	async #attempt<T>(what: 'read' | 'written', work: () => Promise<T>): Promise<T | undefined> {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			this.#options.log.debug(`the history cannot be ${what}`, { error: error.message });
			return undefined;
		}
	}
}

function describeClock(setByMs: number): HistoryEvent {
	const seconds = Math.round(setByMs / 1000);
	const direction = seconds < 0 ? 'back' : 'forward';
	return { kind: 'clock', event: 'set', sentence: `the clock was set ${direction}`, details: { seconds } };
}
