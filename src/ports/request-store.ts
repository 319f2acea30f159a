import type { RequestBody, RequestOutcome, UpdateRequest } from '../domain/request.ts';

/** Requests of users and their outcomes: a table of our own, so that they survive a restart (spec: planner 14). */
export interface RequestStore {
	/** Open ones and stops that still hold, oldest first. */
	list(): Promise<readonly Omit<UpdateRequest, 'since'>[]>;
	/** One transaction: stores the new request and closes those that it supersedes. */
	add(
		request: { readonly id: string; readonly body: RequestBody; readonly force: boolean },
		supersedes: readonly string[],
	): Promise<void>;
	/** Stores a request that has shrunk. */
	update(id: string, body: RequestBody): Promise<void>;
	/** A stop that was carried out still counts. */
	hold(id: string): Promise<void>;
	close(id: string, outcome: RequestOutcome): Promise<void>;
	/** How a request ended; `undefined` for open and forgotten ones. The last thousand outcomes are kept. */
	outcomeOf(id: string): Promise<RequestOutcome | undefined>;
}
