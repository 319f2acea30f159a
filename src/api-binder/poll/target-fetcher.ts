import { cloudEndpoint, type Config, type Settings } from '../../config/index.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { CloudApi, TargetAnswer } from '../protocol/cloud-api.ts';
import { answerOrProblem, type CloudProblem } from '../protocol/cloud-problem.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';

/** The last target that the cloud sent, as it came. */
export interface FetchedTarget {
	readonly body: unknown;
	readonly etag?: string;
	/** Whose target it is, and from where. */
	readonly uuid: string;
	readonly source: string;
}

export type FetchOutcome =
	/** `isNew`: sent by this very answer. The same object as long as the cloud has nothing new. */
	{ readonly kind: 'fetched'; readonly isNew: boolean; readonly target: FetchedTarget } | CloudProblem;

interface TargetFetcherOptions {
	readonly cloud: Pick<CloudApi, 'fetchTarget'>;
	readonly settings: Pick<Config, 'read'>;
}

/**
 * Fetches the target, one fetch at a time. Keeps the last one in memory only: after a restart the whole target is
 * fetched, which repairs a damaged stored one.
 */
export class TargetFetcher {
	readonly #options: TargetFetcherOptions;
	readonly #queue = new SerialQueue();
	#latest: FetchedTarget | undefined;
	/** This cloud does not repeat the entity tag in a 304, as it should: seen once, not asked again. */
	#omitsEtag = false;

	constructor(options: TargetFetcherOptions) {
		this.#options = options;
	}

	fetch(signal: AbortSignal): Promise<FetchOutcome> {
		return this.#queue.run(() => this.#fetch(signal));
	}

	async #fetch(signal: AbortSignal): Promise<FetchOutcome> {
		let settings: Settings;
		try {
			settings = await this.#options.settings.read();
		} catch (error) {
			if (error instanceof OperationalError) {
				return { kind: 'problem', problem: 'settings', detail: error.message };
			}
			throw error;
		}
		const { uuid, deviceApiKey } = settings;
		if (uuid === undefined || deviceApiKey === '') {
			return { kind: 'problem', problem: 'unauthorized', detail: 'the device has no identity yet' };
		}
		const identity = { uuid, key: deviceApiKey, source: settings.apiEndpoint };
		const known = this.#knownOf(identity);
		const answer = await this.#ask(settings, identity, known?.etag, signal);
		switch (answer.kind) {
			case 'problem':
				return answer;
			case 'target':
				return this.#keep(identity, answer);
			case 'not-modified':
				if (known === undefined) {
					return { kind: 'problem', problem: 'gone', status: 304 };
				}
				return answer.confirmed || this.#omitsEtag
					? { kind: 'fetched', isNew: false, target: known }
					: this.#confirm(settings, identity, known, signal);
		}
	}

	/**
	 * A 304 without our entity tag is the cloud's answer for a deleted device, also to one that it knew before.
	 * Asking without a condition shows which it is.
	 */
	async #confirm(
		settings: Settings,
		identity: Identity,
		known: FetchedTarget,
		signal: AbortSignal,
	): Promise<FetchOutcome> {
		const answer = await this.#ask(settings, identity, undefined, signal);
		switch (answer.kind) {
			case 'problem':
				return answer;
			case 'not-modified':
				return { kind: 'problem', problem: 'gone', status: 304 };
			case 'target':
				this.#omitsEtag = true;
				return answer.etag === known.etag
					? { kind: 'fetched', isNew: false, target: known }
					: this.#keep(identity, answer);
		}
	}

	#ask(
		settings: Settings,
		{ uuid, key }: Identity,
		etag: string | undefined,
		signal: AbortSignal,
	): Promise<TargetAnswer> {
		const access = { endpoint: cloudEndpoint(settings), key, timeoutMs: settings.requestTimeoutMs };
		return answerOrProblem(() => this.#options.cloud.fetchTarget(access, { uuid, etag }, signal));
	}

	/** A target of another identity, or without a tag, is no base for a condition. */
	#knownOf({ uuid, source }: Identity): (FetchedTarget & { readonly etag: string }) | undefined {
		const latest = this.#latest;
		if (latest?.etag === undefined || latest.uuid !== uuid || latest.source !== source) {
			return undefined;
		}
		return latest as FetchedTarget & { readonly etag: string }; // checked above; the same object, so that the poller recognises it
	}

	#keep({ uuid, source }: Identity, answer: { readonly body: unknown; readonly etag?: string }): FetchOutcome {
		const { body, etag } = answer;
		this.#latest = { body, uuid, source, ...(etag === undefined ? {} : { etag }) };
		return { kind: 'fetched', isNew: true, target: this.#latest };
	}
}

interface Identity {
	readonly uuid: string;
	readonly key: string;
	readonly source: string;
}
