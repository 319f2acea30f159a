import { once } from 'node:events';
import type { Response } from 'express';
import type { HistoryEntry } from '../../../domain/history.ts';
import type { DeviceStatus } from '../../../domain/status.ts';
import { isAborted } from '../../../lib/is-aborted.ts';
import { linkSignal, type LinkedSignal } from '../../../lib/link-signal.ts';
import { WakeSignal } from '../../../lib/wake-signal.ts';
import { waitFor } from '../../../lib/wait-for.ts';
import type { Access } from '../../access.ts';
import { ProblemError } from '../../problem.ts';
import type { PastOptions } from './past-options.ts';
import { coveredApps } from './read-query.ts';
import { compareSheets, type ReadSheet, type StatusSheet } from './status-sheet.ts';
import { isEntryCovered, viewEntry } from './views.ts';

interface EventStreamOptions {
	readonly past: Pick<PastOptions, 'history' | 'onHistory' | 'onStatus' | 'sleep'>;
	readonly status: () => DeviceStatus | undefined;
	readonly now: () => number;
	/** What is shown of a status. */
	readonly readSheet: ReadSheet;
}

interface Viewer {
	readonly response: Response;
	readonly access: Access;
	/** The last event that it has. */
	readonly after: number | undefined;
}

const STREAMS_MAX = 16;
const RETRY_AFTER_S = 30;
/** What one client has not read yet. */
const UNREAD_BYTES_MAX = 256 * 1024;
const PING_MS = 15_000;
/** A status that changes often is shown at most so often. */
const STATUS_EVERY_MS = 250;
const PAGE = 100;
/** Events that come while earlier ones are sent again. */
const HELD_MAX = 1000;

/** `GET /v3/events` (spec: v3-api 6.3): counts the streams, which cost memory as long as they are open. */
export class EventStreams {
	readonly #options: EventStreamOptions;
	#open = 0;

	constructor(options: EventStreamOptions) {
		this.#options = options;
	}

	/** Resolves when the client has left. */
	async serve(viewer: Viewer): Promise<void> {
		const { response } = viewer;
		if (this.#open >= STREAMS_MAX) {
			response.setHeader('Retry-After', String(RETRY_AFTER_S));
			throw new ProblemError({ status: 503, detail: `${STREAMS_MAX} streams of events are open already` });
		}
		response.status(200).setHeader('Content-Type', 'text/event-stream');
		response.setHeader('Cache-Control', 'no-store');
		if (response.closed || response.req.method === 'HEAD') {
			response.end();
			return;
		}
		this.#open += 1;
		try {
			await new EventStream(this.#options, viewer).run();
		} finally {
			this.#open -= 1;
		}
	}
}

class EventStream {
	readonly #options: EventStreamOptions;
	readonly #viewer: Viewer;
	readonly #wake = new WakeSignal<'status'>();
	readonly #link: LinkedSignal = linkSignal();
	/** Absent: events are sent as they come. */
	#held: HistoryEntry[] | undefined = [];

	constructor(options: EventStreamOptions, viewer: Viewer) {
		this.#options = options;
		this.#viewer = viewer;
	}

	async run(): Promise<void> {
		const { response } = this.#viewer;
		const { past } = this.#options;
		const gone = () => {
			this.#link.abort();
		};
		response.once('close', gone);
		const stopHistory = past.onHistory((entry) => {
			this.#take(entry);
		});
		const stopStatus = past.onStatus(() => {
			this.#wake.wake('status');
		});
		try {
			response.flushHeaders();
			await this.#replay();
			await this.#follow();
		} catch (error) {
			if (!this.#link.signal.aborted) {
				throw error;
			}
		} finally {
			stopHistory();
			stopStatus();
			response.off('close', gone);
			this.#link.abort();
			response.end();
		}
	}

	#take(entry: HistoryEntry): void {
		if (!isEntryCovered(entry, this.#viewer.access)) {
			return;
		}
		if (this.#held === undefined) {
			this.#send('history', viewEntry(entry), entry.id);
		} else if (this.#held.push(entry) > HELD_MAX) {
			this.#drop();
		}
	}

	/** What the client has missed, no faster than it reads. */
	async #replay(): Promise<void> {
		const { response, access, after } = this.#viewer;
		let last = after;
		while (last !== undefined && !this.#link.signal.aborted) {
			const query = { after: last, appIds: coveredApps(access) };
			const page = await this.#options.past.history(query, { order: 'oldest', limit: PAGE });
			for (const entry of page) {
				this.#send('history', viewEntry(entry), entry.id);
				last = entry.id;
			}
			if (response.writableNeedDrain && !isAborted(this.#link.signal)) {
				await once(response, 'drain', { signal: this.#link.signal });
			}
			if (page.length < PAGE) {
				break;
			}
		}
		const held = this.#held ?? [];
		this.#held = undefined;
		for (const entry of held.filter(({ id }) => last === undefined || id > last)) {
			this.#send('history', viewEntry(entry), entry.id);
		}
	}

	async #follow(): Promise<void> {
		const { status, now, past, readSheet } = this.#options;
		const { signal } = this.#link;
		let sheet: StatusSheet = new Map();
		let pingAt = now() + PING_MS;
		while (!signal.aborted) {
			this.#wake.take();
			const latest = status();
			const next = latest === undefined ? sheet : readSheet(latest, this.#viewer.access);
			for (const { event, data } of compareSheets(sheet, next)) {
				this.#send(event, data);
			}
			sheet = next;
			const why = await waitFor({ wake: this.#wake, ms: Math.max(0, pingAt - now()), clock: past, signal });
			if (now() >= pingAt) {
				this.#write(': ping\n\n');
				pingAt = now() + PING_MS;
			}
			if (why === 'wake') {
				await past.sleep(STATUS_EVERY_MS, signal);
			}
		}
	}

	#send(event: string, data: object, id?: number): void {
		this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	#write(text: string): void {
		const { response } = this.#viewer;
		if (this.#link.signal.aborted) {
			return;
		}
		response.write(text);
		if (response.writableLength > UNREAD_BYTES_MAX) {
			this.#drop();
		}
	}

	/** The client does not read: what it misses it gets when it comes back. */
	#drop(): void {
		this.#link.abort();
		this.#viewer.response.destroy();
	}
}
