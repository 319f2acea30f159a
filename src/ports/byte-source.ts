/** A thing of some length on a server, read as it comes and never kept as a whole. */
export interface ByteSource {
	/**
	 * One GET, without credentials, from some byte on. Any status is an answer; its body must be read or let go of.
	 * Rejects with `HttpError`, or with the signal's reason; so does reading the body when it breaks off.
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
	/** Closes the connection; reading what is left fails. */
	close(): void;
}
