import * as z from 'zod/mini';

const matchSchema = z.strictObject({
	method: z.optional(z.string()),
	/** The beginning of the path, or a regular expression between slashes, as in `/state$/`. */
	path: z.optional(z.string()),
});

export const faultSchema = z.strictObject({
	match: z.optional(matchSchema),
	/** How many requests it affects before it is removed; absent: until deleted. */
	times: z.optional(z.int().check(z.positive())),
	/** With a status or a body the request is not acted upon. */
	status: z.optional(z.int().check(z.gte(200), z.lte(599))),
	headers: z.optional(z.record(z.string(), z.string())),
	/** A string is sent as it is, anything else as JSON. */
	body: z.optional(z.unknown()),
	/** Another entity tag than that of the body, which conditions are compared with as well; `null`: none. */
	etag: z.optional(z.nullable(z.string())),
	delayMs: z.optional(z.number().check(z.nonnegative())),
	/** Keep the answer until a request that matches this has been answered. */
	holdUntil: z.optional(matchSchema),
	/** Close the connection instead of answering: before acting on the request, or after; `reset`: at once, with an RST. */
	drop: z.optional(z.enum(['before', 'after', 'reset'])),
	/** Send so many bytes of the body, then close the connection. */
	truncate: z.optional(z.int().check(z.nonnegative())),
	/** Keep the connection open, and send nothing: not even a head, or nothing after the head and so many bytes. */
	stall: z.optional(z.union([z.literal('silent'), z.int().check(z.nonnegative())])),
	/** Send so many bytes of the body, and as many again after each pause. */
	trickle: z.optional(z.strictObject({ bytes: z.int().check(z.positive()), everyMs: z.number().check(z.positive()) })),
	/** What arrives is half a gzip stream, text that is no UTF-8, or no HTTP at all. */
	mangle: z.optional(z.enum(['half-gzip', 'bad-utf8', 'not-http'])),
	/** Answer 429 with `Retry-After` to more than so many requests in a window, which begins with the first of them. */
	rateLimit: z.optional(
		z.strictObject({ requests: z.int().check(z.nonnegative()), windowMs: z.number().check(z.positive()) }),
	),
});

export type Fault = z.infer<typeof faultSchema>;
type Match = z.infer<typeof matchSchema>;

export interface ActiveFault extends Fault {
	readonly id: number;
	readonly hits: number;
}

interface Window {
	readonly until: number;
	readonly requests: number;
}

/** The faults to inject into the device-facing protocol. The first that matches is used; they are not stored. */
export class Faults {
	#faults: ActiveFault[] = [];
	#lastId = 0;
	readonly #windows = new Map<number, Window>();
	readonly #held = new Set<{ readonly match: Match; readonly release: () => void }>();

	add(fault: Fault): number {
		this.#lastId += 1;
		this.#faults.push({ ...fault, id: this.#lastId, hits: 0 });
		return this.#lastId;
	}

	list(): readonly ActiveFault[] {
		return this.#faults;
	}

	/** Removing all faults sends the answers that they held. */
	remove(id?: number): boolean {
		const before = this.#faults.length;
		this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
		if (id === undefined) {
			this.#windows.clear();
			this.#held.forEach(({ release }) => release());
		} else {
			this.#windows.delete(id);
		}
		return id === undefined || this.#faults.length < before;
	}

	/** `nowMs`: from any monotonic clock. */
	take(method: string, path: string, nowMs: number): Fault | undefined {
		for (const fault of this.#faults) {
			const taken = isMatch(fault.match, method, path) ? this.#limit(fault, nowMs) : undefined;
			if (taken !== undefined) {
				this.#count(fault);
				return taken;
			}
		}
		return undefined;
	}

	/** Until a request that matches was answered, everything was removed, or the signal aborts. */
	hold(match: Match, signal: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const held = {
				match,
				release: () => {
					this.#held.delete(held);
					signal.removeEventListener('abort', held.release);
					resolve();
				},
			};
			this.#held.add(held);
			signal.addEventListener('abort', held.release);
		});
	}

	answered(method: string, path: string): void {
		for (const { match, release } of this.#held) {
			if (isMatch(match, method, path)) {
				release();
			}
		}
	}

	/** `undefined`: a limit that is not reached yet. */
	#limit(fault: ActiveFault, nowMs: number): Fault | undefined {
		const { id, rateLimit } = fault;
		if (rateLimit === undefined) {
			return fault;
		}
		const last = this.#windows.get(id);
		const open = last !== undefined && nowMs < last.until ? last : { until: nowMs + rateLimit.windowMs, requests: 0 };
		const requests = open.requests + 1;
		this.#windows.set(id, { until: open.until, requests });
		if (requests <= rateLimit.requests) {
			return undefined;
		}
		const retryAfterS = Math.ceil((open.until - nowMs) / 1000);
		return { status: 429, ...fault, headers: { 'Retry-After': String(retryAfterS), ...fault.headers } };
	}

	#count(fault: ActiveFault): void {
		const hits = fault.hits + 1;
		this.#faults =
			fault.times !== undefined && hits >= fault.times
				? this.#faults.filter((other) => other !== fault)
				: this.#faults.map((other) => (other === fault ? { ...fault, hits } : other));
	}
}

/** `/…/` with something regular-expression-like inside is an expression; a plain path may end in a slash as well. */
function pathExpression(path: string): RegExp | undefined {
	const source = /^\/(.+)\/$/.exec(path)?.[1];
	return source === undefined || !/[\\^$.*+?()[\]{}|]/.test(source) ? undefined : new RegExp(source);
}

function isMatch(match: Match | undefined, method: string, path: string): boolean {
	if (match?.method !== undefined && match.method.toUpperCase() !== method) {
		return false;
	}
	if (match?.path === undefined) {
		return true;
	}
	const expression = pathExpression(match.path);
	return expression === undefined ? path.startsWith(match.path) : expression.test(path);
}
