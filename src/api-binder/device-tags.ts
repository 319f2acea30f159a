import isEqual from 'lodash/isEqual.js';
import type { Instant } from '../domain/plan.ts';
import { cloudBackoffMs } from './cloud-backoff.ts';
import { isAborted } from '../lib/is-aborted.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { CloudSettings, TagStore } from '../ports/cloud-settings.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import { answerOrProblem, problemFields } from './cloud-problem.ts';
import type { ResourceApi, TagsAnswer } from './resource-api.ts';
import { SerialQueue } from './serial-queue.ts';

export interface DeviceTagsOptions {
	readonly resources: Pick<ResourceApi, 'patchTags' | 'listTags'>;
	readonly settings: TagStore;
	readonly clock: Clock;
	readonly log: Log;
}

const SPACING_MS = 10_000;
const FIRST_RETRY_MS = 15_000;

/**
 * Tags that services give this device (spec: cloud-api 12.2). They are stored before anybody is told, and sent until the
 * cloud has them, also after a restart. Changes within ten seconds go together.
 */
export class DeviceTags {
	readonly #options: DeviceTagsOptions;
	readonly #wake = new WakeSignal<'changed'>();
	/** Both lists are stored as a whole: who changes one reads it first. */
	readonly #changes = new SerialQueue();
	#lastSuccessAt: Instant = -Infinity;
	#failures = 0;

	constructor(options: DeviceTagsOptions) {
		this.#options = options;
	}

	/** Resolves when it is stored. A value that the cloud has already, and that nothing else is to replace, is ignored. */
	async set(tags: Readonly<Record<string, string>>): Promise<void> {
		const { settings } = this.#options;
		await this.#changes.run(async () => {
			const { target } = await settings.readTags();
			await settings.saveTargetTags({ ...target, ...tags });
		});
		this.#wake.wake('changed');
	}

	/** As the cloud has them. */
	async list(signal: AbortSignal): Promise<TagsAnswer> {
		const cloud = await this.#options.settings.read();
		if (cloud.deviceId === undefined || cloud.deviceApiKey === undefined) {
			return { kind: 'problem', problem: 'unauthorized', detail: 'the device is not registered yet' };
		}
		const access = accessTo(cloud.apiEndpointOverride ?? cloud.apiEndpoint, cloud.deviceApiKey, cloud);
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

	/** Resolves to the pause before the next try; `undefined`: the cloud has all of them. */
	async #send(signal: AbortSignal): Promise<number | undefined> {
		const { resources, settings, clock, log } = this.#options;
		try {
			const cloud = await settings.read();
			const { target, reported } = await settings.readTags();
			const pending = Object.fromEntries(Object.entries(target).filter(([name, value]) => reported[name] !== value));
			const { uuid, deviceApiKey } = cloud;
			if (isEqual(pending, {}) || uuid === undefined || deviceApiKey === undefined) {
				return undefined;
			}
			const access = accessTo(cloud.apiEndpoint, deviceApiKey, cloud);
			const answer = await answerOrProblem(() => resources.patchTags(access, uuid, pending, signal));
			if (answer.kind === 'problem') {
				this.#failures += 1;
				const backoff = { failures: this.#failures, maxMs: cloud.pollIntervalMs, random: () => clock.random() };
				const retryInMs = answer.retryAfterMs ?? cloudBackoffMs(backoff);
				log.warn('cannot report tags', { ...problemFields(answer), retryInMs });
				return retryInMs;
			}
			this.#failures = 0;
			this.#lastSuccessAt = clock.now();
			const now = await this.#changes.run(async () => {
				const tags = await settings.readTags();
				await settings.saveReportedTags({ target: tags.target, reported: { ...tags.reported, ...pending } });
				return tags;
			});
			return isEqual(now.target, target) ? undefined : SPACING_MS;
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
}

function accessTo(endpoint: string, key: string, { requestTimeoutMs: timeoutMs }: CloudSettings) {
	return { endpoint, key, timeoutMs };
}
