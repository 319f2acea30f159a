import * as z from 'zod/mini';

export const faultSchema = z.object({
	match: z.optional(
		z.object({
			method: z.optional(z.string()),
			/** The beginning of the path, or a regular expression between slashes, as in `/state$/`. */
			path: z.optional(z.string()),
		}),
	),
	/** How many requests it meets before it is gone; absent: until deleted. */
	times: z.optional(z.int().check(z.positive())),
	/** With a status or a body the request is not acted upon. */
	status: z.optional(z.int().check(z.gte(200), z.lte(599))),
	headers: z.optional(z.record(z.string(), z.string())),
	/** A string is sent as it is, anything else as JSON. */
	body: z.optional(z.unknown()),
	delayMs: z.optional(z.number().check(z.nonnegative())),
	/** Close the connection instead of answering: before acting on the request, or after. */
	drop: z.optional(z.enum(['before', 'after'])),
	/** Send so many bytes of the body, then close the connection. */
	truncate: z.optional(z.int().check(z.nonnegative())),
});

export type Fault = z.infer<typeof faultSchema>;

export interface ActiveFault extends Fault {
	readonly id: number;
	readonly hits: number;
}

/** The faults to inject into the device-facing protocol. The first that matches is used; they are not stored. */
export class Faults {
	#faults: ActiveFault[] = [];
	#lastId = 0;

	add(fault: Fault): number {
		this.#lastId += 1;
		this.#faults.push({ ...fault, id: this.#lastId, hits: 0 });
		return this.#lastId;
	}

	list(): readonly ActiveFault[] {
		return this.#faults;
	}

	remove(id?: number): boolean {
		const before = this.#faults.length;
		this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
		return id === undefined || this.#faults.length < before;
	}

	take(method: string, path: string): Fault | undefined {
		const found = this.#faults.find((fault) => isMatch(fault, method, path));
		if (found === undefined) {
			return undefined;
		}
		const hits = found.hits + 1;
		this.#faults =
			found.times !== undefined && hits >= found.times
				? this.#faults.filter((fault) => fault !== found)
				: this.#faults.map((fault) => (fault === found ? { ...fault, hits } : fault));
		return found;
	}
}

/** `/…/` with something regular-expression-like inside is an expression; a plain path may end in a slash as well. */
export function pathExpression(path: string): RegExp | undefined {
	const source = /^\/(.+)\/$/.exec(path)?.[1];
	return source === undefined || !/[\\^$.*+?()[\]{}|]/.test(source) ? undefined : new RegExp(source);
}

function isMatch(fault: Fault, method: string, path: string): boolean {
	const { match } = fault;
	if (match?.method !== undefined && match.method.toUpperCase() !== method) {
		return false;
	}
	if (match?.path === undefined) {
		return true;
	}
	const expression = pathExpression(match.path);
	return expression === undefined ? path.startsWith(match.path) : expression.test(path);
}
