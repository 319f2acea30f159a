import type { Asker, RequestBody, RequestOutcome, UpdateRequest } from '../domain/request.ts';

/** Requests of users and their outcomes: a table of our own, so that they survive a restart (spec: planner 14). */
export interface RequestStore {
	/** Open ones and stops that still hold, oldest first. */
	list(): Promise<readonly Omit<UpdateRequest, 'since'>[]>;
	/** One transaction: stores the new request and closes those that it supersedes. */
	add(
		request: {
			readonly id: string;
			readonly body: RequestBody;
			readonly force: boolean;
			readonly asker?: Asker | undefined;
		},
		supersedes: readonly string[],
	): Promise<void>;
	/** Stores a request that has shrunk. */
	update(id: string, body: RequestBody): Promise<void>;
	/** A stop that was carried out still counts. */
	hold(id: string): Promise<void>;
	close(id: string, outcome: RequestOutcome): Promise<void>;
	/** Also one that has ended: the last thousand are kept. */
	find(id: string): Promise<StoredRequest | undefined>;
}

export interface StoredRequest extends Omit<UpdateRequest, 'since' | 'state'> {
	/** Absent: it is open. */
	readonly outcome?: RequestOutcome | undefined;
}
