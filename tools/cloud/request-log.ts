import type { IncomingHttpHeaders } from 'node:http';

const LENGTH_MAX = 10_000;

export interface RequestEntry {
	readonly n: number;
	readonly at: string;
	readonly method: string;
	readonly path: string;
	readonly query: Readonly<Record<string, string | readonly string[]>>;
	/** Credentials are reduced to their scheme, so that a log can be shown and kept. */
	readonly headers: Readonly<Record<string, string>>;
	/** Parsed if it was JSON; absent for log streams. */
	body?: unknown;
	/** `null` before the answer, and permanently if the connection was dropped. */
	status: number | null;
}

interface NewRequestEntry {
	readonly method: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingHttpHeaders;
	readonly at: string;
}

/** The device-facing requests, in the order of their arrival. Not stored: a restart begins a new log. */
export class RequestLog {
	#entries: RequestEntry[] = [];
	#lastN = 0;

	add({ method, path, query, headers, at }: NewRequestEntry): RequestEntry {
		this.#lastN += 1;
		const entry = {
			n: this.#lastN,
			at,
			method,
			path,
			query: shownQuery(query),
			headers: shownHeaders(headers),
			status: null,
		};
		this.#entries.push(entry);
		if (this.#entries.length > LENGTH_MAX) {
			this.#entries.shift();
		}
		return entry;
	}

	since(n: number): readonly RequestEntry[] {
		return this.#entries.filter((entry) => entry.n > n);
	}

	/** Numbering continues, so that earlier values of `since` stay valid. */
	clear(): void {
		this.#entries = [];
	}
}

function shownQuery(query: URLSearchParams): Record<string, string | readonly string[]> {
	const shown: Record<string, string | readonly string[]> = {};
	for (const name of new Set(query.keys())) {
		const values = name === 'apikey' ? ['…'] : query.getAll(name);
		shown[name] = values.length === 1 ? String(values[0]) : values;
	}
	return shown;
}

function shownHeaders(headers: IncomingHttpHeaders): Record<string, string> {
	const shown: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) {
		const text = String(value);
		shown[name] = name === 'authorization' ? (text.split(' ')[0] ?? '') : text;
	}
	return shown;
}
