import { splitJsonLines } from './read-stream.ts';

const KEY = 'key';

/** The device refuses what was asked, and says why. */
export class RefusedError extends Error {
	readonly status: number;

	constructor(status: number, message: string) {
		super(message);
		this.name = 'RefusedError';
		this.status = status;
	}
}

/** The API of the device that serves this page. The key is in a header only: addresses end up in logs and histories. */
export class Client {
	#key = sessionStorage.getItem(KEY) ?? undefined;

	get hasKey(): boolean {
		return this.#key !== undefined;
	}

	/** Until the tab is closed. */
	setKey(key: string | undefined): void {
		this.#key = key;
		if (key === undefined) sessionStorage.removeItem(KEY);
		else sessionStorage.setItem(KEY, key);
	}

	async get<T>(path: string, signal?: AbortSignal): Promise<T> {
		const response = await this.#fetch(path, { signal: signal ?? null });
		return (await response.json()) as T; // the forms are those of docs/openapi.json
	}

	async post<T>(path: string, body: object): Promise<T | undefined> {
		const response = await this.#fetch(path, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		const isJson = response.headers.get('content-type')?.includes('json') === true;
		return isJson ? ((await response.json()) as T) : undefined;
	}

	/** Parts of the text as they arrive, until the device ends it or the signal aborts. */
	async *stream(path: string, options: { signal: AbortSignal; lastEventId?: string | undefined }) {
		const { signal, lastEventId } = options;
		const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
		const response = await this.#fetch(path, { signal, headers, cache: 'no-store' });
		const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
		for (;;) {
			const part = await reader?.read();
			if (part?.value === undefined) return;
			yield part.value;
		}
	}

	/** Lines of JSON. */
	async *lines(path: string, signal: AbortSignal) {
		let text = '';
		for await (const part of this.stream(path, { signal })) {
			const { found, rest } = splitJsonLines(text + part);
			text = rest;
			yield found;
		}
	}

	async #fetch(
		path: string,
		{ headers, ...init }: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
	): Promise<Response> {
		const key = this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` };
		const response = await fetch(path, { ...init, headers: { ...headers, ...key }, credentials: 'omit' });
		if (!response.ok) throw new RefusedError(response.status, readRefusal(await response.text(), response.status));
		return response;
	}
}

/** v3 answers a problem with `detail`, v2 a `message`, v1 one or the other form of text. */
function readRefusal(text: string, status: number): string {
	try {
		const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
		const said = answer['detail'] ?? answer['message'] ?? answer['Error'];
		if (typeof said === 'string' && said !== '') return said;
	} catch {
		// no JSON: the text itself
	}
	return text.length > 0 && text.length < 300 ? text : `The device answered ${status}`;
}
