import type { CurrentState } from '../../domain/current.ts';
import type { Asker, RequestBody, RequestNote, RequestOutcome, UpdateRequest } from '../../domain/request.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RequestStore, StoredRequest } from '../../ports/request-store.ts';
import { dropVanished } from './drop-vanished.ts';
import type { JudgedRequest } from './judge-requests.ts';
import { supersededBy } from './superseded-by.ts';
import { RequestWrites } from './write-requests.ts';

interface RequestTrackerOptions {
	readonly store: RequestStore;
	readonly newId: () => string;
	readonly clock: Pick<Clock, 'now'>;
	/** A request has changed, so there may be something to plan. */
	readonly changed: () => void;
	/** A request came, or has ended. */
	readonly noted?: ((note: RequestNote) => void) | undefined;
}

interface SubmitOptions {
	readonly force: boolean;
	readonly asker?: Asker | undefined;
}

const CUT_OFF: RequestOutcome = {
	kind: 'failed',
	code: 'cut-off',
	message: 'the supervisor ended before it was carried out',
};

/**
 * Accepts requests, keeps the open ones for the loop, and resolves each with its outcome. A request is finished even if
 * its caller has left, also after a restart if it could be stored; only reboots are not repeated, and changes of the host
 * configuration are not stored: they may contain a password.
 */
export class RequestTracker {
	readonly #options: RequestTrackerOptions;
	readonly #waiting = new Map<string, (outcome: RequestOutcome) => void>();
	readonly #submitting = new SerialQueue();
	readonly #writes = new RequestWrites();
	#requests: readonly UpdateRequest[] = [];

	constructor(options: RequestTrackerOptions) {
		this.#options = options;
	}

	async start(): Promise<void> {
		const { store, clock, noted } = this.#options;
		const kept: UpdateRequest[] = [];
		for (const request of await store.list()) {
			if (request.body.kind === 'reboot' || request.body.kind === 'shutdown') {
				await this.#writes.add(() => store.close(request.id, { kind: 'done' })); // the supervisor has restarted since
				if (request.state === 'open') {
					noted?.({ ...request, outcome: { kind: 'done' } });
				}
			} else if (request.body.kind === 'changeHostConfig') {
				await this.#writes.add(() => store.close(request.id, CUT_OFF));
				noted?.({ ...request, outcome: CUT_OFF });
			} else {
				kept.push({ ...request, since: clock.now() });
			}
		}
		this.#requests = [...kept, ...this.#requests];
	}

	/** Oldest first. */
	open(): readonly UpdateRequest[] {
		return this.#requests;
	}

	/** To be called after each observation, before planning. */
	async dropVanished(current: CurrentState): Promise<void> {
		await this.#writes.flush();
		for (const { id, body } of dropVanished(this.#requests, current)) {
			await this.#writes.add(() => this.#options.store.update(id, body));
			this.#requests = this.#requests.map((request) => (request.id === id ? { ...request, body } : request));
		}
	}

	/** Also one that has ended, if it is not forgotten. */
	async find(id: string): Promise<StoredRequest | undefined> {
		const known = this.#requests.find((request) => request.id === id);
		if (known === undefined) {
			return await this.#options.store.find(id);
		}
		const { id: found, body, force, asker, state } = known;
		const request = { id: found, body, force, asker };
		return state === 'holding' ? { ...request, outcome: { kind: 'done' } } : request;
	}

	/** Resolves when the request has ended. */
	async submit(body: RequestBody, options: SubmitOptions): Promise<RequestOutcome> {
		// One after the other: a new request may supersede earlier ones, which must not be decided while another is being stored.
		const { ended } = await this.#submitting.run(() => this.#add(body, options));
		return ended;
	}

	async #add(body: RequestBody, { force, asker }: SubmitOptions): Promise<{ readonly ended: Promise<RequestOutcome> }> {
		const { store, newId, changed, clock } = this.#options;
		const id = newId();
		const superseded = supersededBy(body, this.#requests);
		await this.#writes.add(() =>
			store.add(
				{ id, body: withoutSecrets(body), force, asker },
				superseded.map((request) => request.id),
			),
		);
		this.#options.noted?.({ id, body, force, asker });
		this.#forget(superseded.map((request) => ({ request, outcome: { kind: 'superseded' } })));
		this.#requests = [...this.#requests, { id, body, force, asker, state: 'open', since: clock.now() }];
		const ended = new Promise<RequestOutcome>((resolve) => {
			this.#waiting.set(id, resolve);
		});
		changed();
		return { ended }; // not the promise itself: the queue would wait for it
	}

	/** The outcomes that the loop has found. */
	async close(judged: readonly JudgedRequest[]): Promise<void> {
		const { store } = this.#options;
		for (const { request, outcome } of judged) {
			await this.#writes.add(() =>
				outcome.kind === 'holding' ? store.hold(request.id) : store.close(request.id, outcome),
			);
		}
		this.#forget(judged);
	}

	#forget(judged: readonly JudgedRequest[]): void {
		for (const { request, outcome } of judged) {
			this.#requests = this.#requests.flatMap((kept): readonly UpdateRequest[] => {
				if (kept.id !== request.id) {
					return [kept];
				}
				return outcome.kind === 'holding' ? [{ ...kept, state: 'holding' }] : [];
			});
			const end: RequestOutcome = outcome.kind === 'holding' ? { kind: 'done' } : outcome;
			if (request.state === 'open') {
				this.#options.noted?.({ ...request, outcome: end });
			}
			this.#waiting.get(request.id)?.(end);
			this.#waiting.delete(request.id);
		}
	}
}

function withoutSecrets(body: RequestBody): RequestBody {
	return body.kind === 'changeHostConfig' ? { kind: body.kind, change: {} } : body;
}
