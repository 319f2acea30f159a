/** A file on a server, read as a stream and never kept as a whole. */
export interface ByteSource {
	/**
	 * One GET, without credentials, from the given byte on. Any status is an answer; its body must be read or closed.
	 * Rejects with `HttpError`, or with the signal's reason; so does reading the body when the connection breaks.
	 */
	open(
		request: { readonly url: string; readonly from: number; readonly timeoutMs: number },
		signal: AbortSignal,
	): Promise<ByteAnswer>;
}

export interface ByteAnswer {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: AsyncIterable<Uint8Array>;
	/** Closes the connection; further reads fail. */
	close(): void;
}
