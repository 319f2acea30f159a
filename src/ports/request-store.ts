import type { RequestBody, RequestOutcome, UpdateRequest } from '../domain/request.ts';

/** What users asked for and what became of it: an own table, so that it outlives a restart (spec: planner 14). */
export interface RequestStore {
	/** Open ones and stops that still hold, oldest first. */
	list(): Promise<readonly Omit<UpdateRequest, 'since'>[]>;
	/** One transaction: the new one, and the ends of those that it takes the place of. */
	add(
		request: { readonly id: string; readonly body: RequestBody; readonly force: boolean },
		supersedes: readonly string[],
	): Promise<void>;
	/** Less is left of it. */
	update(id: string, body: RequestBody): Promise<void>;
	/** A stop that was carried out goes on to count. */
	hold(id: string): Promise<void>;
	close(id: string, outcome: RequestOutcome): Promise<void>;
	/** How a request ended, open ones and those forgotten meanwhile `undefined`. The last thousand are kept. */
	outcomeOf(id: string): Promise<RequestOutcome | undefined>;
}
