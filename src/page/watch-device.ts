import { isAborted } from '../lib/is-aborted.ts';
import type { Device, Explanation, Status } from './answers.ts';
import { type Client, RefusedError } from './client.ts';
import { splitEvents } from './read-stream.ts';
import { sleep } from './sleep.ts';
import { type Action, isNews, retryDelayMs } from './state.ts';

interface Watch {
	readonly client: Client;
	readonly dispatch: (action: Action) => void;
	readonly lastEventId: () => string | undefined;
	/** Aborts for good: the page is left, or the key changes. */
	readonly signal: AbortSignal;
}

/** Several events come together. */
const READ_AFTER_MS = 150;
/** The device sends a ping each 15 s: when none comes, the connection is broken, although it is still open here. */
const SILENCE_MS = 40_000;

/** Shows what the device says, until it is aborted. Connects again for as long as it takes. */
export async function watchDevice(watch: Watch): Promise<void> {
	const { dispatch, signal } = watch;
	let failures = 0;
	while (!signal.aborted) {
		try {
			await follow(watch, () => (failures = 0));
		} catch (error) {
			if (isAborted(signal)) return;
			if (error instanceof RefusedError && error.status === 401) {
				dispatch({ kind: 'link', link: { state: 'key-wanted', wasRefused: watch.client.hasKey } });
				watch.client.setKey(undefined);
				return;
			}
		}
		failures += 1;
		const delayMs = retryDelayMs(failures);
		dispatch({ kind: 'link', link: { state: 'lost', retryAtMs: Date.now() + delayMs } });
		await sleep(delayMs, signal);
	}
}

/** One connection. Events only wake: what is shown is read again. */
async function follow({ client, dispatch, lastEventId, signal }: Watch, onLive: () => void): Promise<void> {
	const connection = new AbortController();
	const end = () => connection.abort();
	signal.addEventListener('abort', end);
	let silence = setTimeout(end, SILENCE_MS);
	const reader = new Reader(client, dispatch, connection);
	try {
		await reader.read();
		dispatch({ kind: 'link', link: { state: 'live' } });
		onLive();
		let text = '';
		const stream = client.stream('/v3/events', { signal: connection.signal, lastEventId: lastEventId() });
		for await (const part of stream) {
			clearTimeout(silence);
			silence = setTimeout(end, SILENCE_MS);
			const { found, rest } = splitEvents(text + part);
			text = rest;
			for (const event of found) dispatch({ kind: 'event', event });
			if (found.some(isNews)) reader.readSoon();
		}
	} finally {
		signal.removeEventListener('abort', end);
		clearTimeout(silence);
		end();
	}
}

/** Reads the whole again: one reading at a time, and one more if there was news meanwhile. */
class Reader {
	readonly #client: Client;
	readonly #dispatch: (action: Action) => void;
	readonly #connection: AbortController;
	#isPlanned = false;
	#reading: Promise<void> = Promise.resolve();

	constructor(client: Client, dispatch: (action: Action) => void, connection: AbortController) {
		this.#client = client;
		this.#dispatch = dispatch;
		this.#connection = connection;
	}

	readSoon(): void {
		if (this.#isPlanned) return;
		this.#isPlanned = true;
		const reading = this.#reading;
		setTimeout(() => {
			// After the one before: an older answer that comes late must not replace a newer one.
			this.#reading = reading.then(() => {
				this.#isPlanned = false;
				return this.read();
			});
			// A device that does not answer has no events either: end the stream, and connect again.
			this.#reading.catch(() => this.#connection.abort());
		}, READ_AFTER_MS);
	}

	async read(): Promise<void> {
		const { signal } = this.#connection;
		if (signal.aborted) return;
		const [status, explanation, device] = await Promise.all([
			this.#client.get<Status>('/v3/status', signal),
			this.#client.get<Explanation>('/v3/explain', signal),
			this.#client.get<Device>('/v3/device', signal),
		]);
		this.#dispatch({ kind: 'seen', status, explanation, device });
	}
}
