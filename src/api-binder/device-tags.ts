import isEqual from 'lodash/isEqual.js';
import { cloudEndpoint, type Config, type Settings } from '../config/index.ts';
import type { Instant } from '../domain/plan.ts';
import { cloudBackoffMs } from './protocol/cloud-backoff.ts';
import { isAborted } from '../lib/is-aborted.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { CloudAccess } from './protocol/cloud-caller.ts';
import { answerOrProblem, problemFields, type CloudProblem } from './protocol/cloud-problem.ts';
import type { ResourceApi, TagsAnswer } from './protocol/resource-api.ts';
import { SerialQueue } from '../lib/serial-queue.ts';

interface DeviceTagsOptions {
	readonly resources: Pick<ResourceApi, 'patchTags' | 'listTags'>;
	readonly settings: Pick<Config, 'read' | 'set'>;
	readonly clock: Clock;
	readonly log: Log;
}

const SPACING_MS = 10_000;
const FIRST_RETRY_MS = 15_000;

/**
 * Tags that services give this device (spec: cloud-api 12.2). They are stored before the caller gets its answer, and sent until the
 * cloud has them, also after a restart. Changes within ten seconds go together.
 */
export class DeviceTags {
	readonly #options: DeviceTagsOptions;
	readonly #wake = new WakeSignal<'changed'>();
	/** Both lists are stored as a whole: read before each change. */
	readonly #changes = new SerialQueue();
	#lastSuccessAt: Instant = -Infinity;
	#failures = 0;
	/** Name and value, until the next start: another cloud, or another version of it, may think otherwise. */
	readonly #refused = new Map<string, string>();

	constructor(options: DeviceTagsOptions) {
		this.#options = options;
	}

	/** Resolves when it is stored. A value that the cloud has already, and that nothing else is to replace, is ignored. */
	async set(tags: Readonly<Record<string, string>>): Promise<void> {
		const { settings } = this.#options;
		await this.#changes.run(async () => {
			const { targetTags } = await settings.read();
			await settings.set({ targetTags: { ...targetTags, ...tags } });
		});
		this.#wake.wake('changed');
	}

	/** As the cloud has them. */
	async list(signal: AbortSignal): Promise<TagsAnswer> {
		const cloud = await this.#options.settings.read();
		if (cloud.deviceId === undefined || cloud.deviceApiKey === '') {
			return { kind: 'problem', problem: 'unauthorized', detail: 'the device is not registered yet' };
		}
		const access = accessTo(cloudEndpoint(cloud), cloud.deviceApiKey, cloud);
		const { deviceId } = cloud;
		return answerOrProblem(() => this.#options.resources.listTags(access, deviceId, signal));
	}

	async run(signal: AbortSignal): Promise<void> {
		while (!isAborted(signal)) {
			const pauseMs = await this.#send(signal);
			if (pauseMs === undefined) {
				await this.#wake.wait(signal);
				this.#wake.take();
				await this.#options.clock.sleep(this.#untilAllowedMs(), signal);
			} else {
				await this.#options.clock.sleep(pauseMs, signal);
			}
		}
	}

	#untilAllowedMs(): number {
		return Math.max(0, this.#lastSuccessAt + SPACING_MS - this.#options.clock.now());
	}

	/** Resolves to the pause before the next try; `undefined`: there is nothing to send. */
	async #send(signal: AbortSignal): Promise<number | undefined> {
		const { settings, log } = this.#options;
		try {
			const cloud = await settings.read();
			const { uuid, deviceApiKey, targetTags = {}, reportedTags = {} } = cloud;
			const isPending = ([name, value]: readonly [string, string]) =>
				reportedTags[name] !== value && this.#refused.get(name) !== value;
			const pending = Object.entries(targetTags).filter(isPending);
			if (pending.length === 0 || uuid === undefined || deviceApiKey === '') {
				this.#failures = 0; // nothing waits for the cloud
				return undefined;
			}
			const access = accessTo(cloud.apiEndpoint, deviceApiKey, cloud);
			const problem = await this.#sendTags(pending, { access, uuid, signal });
			if (problem !== undefined) {
				return this.#fail(problem, cloud);
			}
			const now = await settings.read();
			return isEqual(now.targetTags, targetTags) ? undefined : SPACING_MS;
		} catch (error) {
			if (isAborted(signal)) {
				return undefined;
			}
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			log.warn('cannot read or keep tags', { error: error.message });
			return FIRST_RETRY_MS;
		}
	}

	/**
	 * All together; one by one where the cloud refuses them, for a single bad name refuses all (400), and none can be taken
	 * back. Resolves to what stands in the way of all.
	 */
	async #sendTags(tags: readonly Tag[], to: TagsCall): Promise<CloudProblem | undefined> {
		const { resources, clock, log } = this.#options;
		const answer = await answerOrProblem(() =>
			resources.patchTags(to.access, to.uuid, Object.fromEntries(tags), to.signal),
		);
		if (answer.kind !== 'problem') {
			this.#failures = 0;
			this.#lastSuccessAt = clock.now();
			await this.#noteReported(tags);
			return undefined;
		}
		const [only, ...others] = tags;
		if (answer.problem !== 'rejected' || only === undefined) {
			return answer;
		}
		if (others.length === 0) {
			const [name, value] = only;
			this.#refused.set(name, value);
			log.warn('the cloud refuses a tag, which is not sent again', { tag: name });
			return undefined;
		}
		for (const tag of tags) {
			const problem = await this.#sendTags([tag], to);
			if (problem !== undefined) {
				return problem;
			}
		}
		return undefined;
	}

	async #noteReported(tags: readonly Tag[]): Promise<void> {
		const { settings } = this.#options;
		await this.#changes.run(async () => {
			const { reportedTags } = await settings.read();
			await settings.set({ reportedTags: { ...reportedTags, ...Object.fromEntries(tags) } });
		});
	}

	#fail(problem: CloudProblem, { pollIntervalMs: maxMs }: Settings): number {
		const { clock, log } = this.#options;
		this.#failures += 1;
		const backoff = { failures: this.#failures, maxMs, random: () => clock.random() };
		const retryInMs = problem.retryAfterMs ?? cloudBackoffMs(backoff);
		log.warn('cannot report tags', { ...problemFields(problem), retryInMs });
		return retryInMs;
	}
}

type Tag = readonly [name: string, value: string];

interface TagsCall {
	readonly access: CloudAccess;
	readonly uuid: string;
	readonly signal: AbortSignal;
}

function accessTo(endpoint: string, key: string, { requestTimeoutMs: timeoutMs }: Settings) {
	return { endpoint, key, timeoutMs };
}
