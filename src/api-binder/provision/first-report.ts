import { cloudEndpoint, isConfigReported, type Config, type Settings } from '../../config/index.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { CloudAccess } from '../protocol/cloud-caller.ts';
import { answerOrProblem, problemFields, type CloudProblem } from '../protocol/cloud-problem.ts';
import type { ResourceApi } from '../protocol/resource-api.ts';
import type { TargetFetcher } from '../poll/target-fetcher.ts';
import type { FoundVariables } from './found-variables.ts';

interface FirstReportOptions {
	readonly resources: Pick<ResourceApi, 'findRelease' | 'patchDevice' | 'createConfigVariable'>;
	readonly fetcher: Pick<TargetFetcher, 'fetch'>;
	readonly settings: Pick<Config, 'read' | 'set'>;
	readonly variables: Pick<FoundVariables, 'toReport' | 'forget'>;
	readonly clock: Clock;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

type Attempt = { readonly kind: 'done' } | CloudProblem;

/**
 * The first report of a device to a cloud: the release that it came with, its settings as
 * they are, its name (spec: cloud-api 4). Until that is through nothing is polled or reported, else the cloud's defaults
 * would take the place of what the device was set up with.
 */
export class FirstReport {
	readonly #options: FirstReportOptions;

	constructor(options: FirstReportOptions) {
		this.#options = options;
	}

	/** Resolves when all is reported, or when aborted. */
	async run(signal: AbortSignal): Promise<void> {
		const { clock, log, settings } = this.#options;
		while (!isAborted(signal)) {
			let retryMs = DEFAULT_RETRY_MS;
			try {
				const cloud = await settings.read();
				retryMs = cloud.bootstrapRetryDelayMs;
				const outcome = await this.#attempt(cloud, signal);
				if (outcome.kind === 'done') {
					return;
				}
				retryMs = Math.max(retryMs, outcome.retryAfterMs ?? 0);
				log.warn('cannot send the first report, trying again', {
					...problemFields(outcome),
					retryInMs: retryMs,
				});
			} catch (error) {
				if (isAborted(signal)) {
					return;
				}
				if (!(error instanceof OperationalError)) {
					throw error;
				}
				log.warn('cannot send the first report, trying again', { error: error.message });
			}
			await clock.sleep(retryMs, signal);
		}
	}

	async #attempt(cloud: Settings, signal: AbortSignal): Promise<Attempt> {
		const { settings, variables } = this.#options;
		const { deviceId, deviceApiKey, pinnedRelease: pinned, initialDeviceName: initialName } = cloud;
		const isReported = isConfigReported(cloud);
		if (deviceId === undefined || deviceApiKey === '' || (pinned === undefined && isReported)) {
			return { kind: 'done' };
		}
		const access: CloudAccess = {
			endpoint: cloudEndpoint(cloud),
			key: deviceApiKey,
			timeoutMs: cloud.requestTimeoutMs,
		};
		if (pinned !== undefined) {
			const outcome = await this.#pin(access, { deviceId, pinned }, signal);
			if (outcome.kind === 'problem') {
				return outcome;
			}
			await settings.set({ pinnedRelease: null });
		}
		if (isReported) {
			return { kind: 'done' };
		}
		const outcome = await this.#reportConfig(access, deviceId, signal);
		if (outcome.kind === 'problem') {
			return outcome;
		}
		if (initialName !== undefined) {
			await this.#reportName(access, { deviceId, name: initialName }, signal);
		}
		await settings.set({ initialConfigReported: cloud.apiEndpoint });
		variables.forget();
		return { kind: 'done' };
	}

	/** A release that the cloud does not know leaves the device unpinned: that is no reason to wait for ever. */
	async #pin(
		access: CloudAccess,
		options: { readonly deviceId: number; readonly pinned: { readonly app: number; readonly commit: string } },
		signal: AbortSignal,
	): Promise<Attempt> {
		const { resources, log } = this.#options;
		const { deviceId, pinned } = options;
		const appId = pinned.app;
		const release = await answerOrProblem(() =>
			resources.findRelease(access, { appId, commit: pinned.commit }, signal),
		);
		switch (release.kind) {
			case 'problem':
				return release;
			case 'none':
				log.warn('the cloud does not know the release that this device came with: not pinned', { ...pinned });
				return { kind: 'done' };
			case 'found': {
				const target = await this.#fetchConfig(signal);
				if (target.kind === 'problem') {
					return target;
				}
				const body = { is_pinned_on__release: release.releaseId };
				return answerOrProblem(() => resources.patchDevice(access, deviceId, body, signal));
			}
		}
	}

	async #reportConfig(access: CloudAccess, deviceId: number, signal: AbortSignal): Promise<Attempt> {
		const { resources, variables, settings, log, systemLog } = this.#options;
		const target = await this.#fetchConfig(signal);
		if (target.kind === 'problem') {
			return target;
		}
		const refused: Record<string, string> = {};
		for (const [name, value] of await variables.toReport(target.config)) {
			const variable = { device: deviceId, name: `RESIN_${name}`, value };
			const answer = await answerOrProblem(() => resources.createConfigVariable(access, variable, signal));
			// The answer to an earlier attempt was lost.
			if (answer.kind === 'problem' && answer.problem === 'conflict') {
				continue;
			}
			// A name that this cloud refuses must not block the rest of the report for ever.
			if (answer.kind === 'problem' && answer.problem === 'rejected') {
				log.warn('the cloud refuses a configuration variable of this device', { name });
				refused[name] = value;
				continue;
			}
			if (answer.kind === 'problem') {
				return answer;
			}
		}
		const names = Object.keys(refused);
		await settings.set({ refusedVariables: names.length === 0 ? null : refused });
		if (names.length > 0) {
			systemLog.write(`The cloud refuses variables of this device, which keeps them as they are: ${names.join(', ')}`, {
				error: true,
			});
		}
		return { kind: 'done' };
	}

	async #reportName(
		access: CloudAccess,
		{ deviceId, name }: { readonly deviceId: number; readonly name: string },
		signal: AbortSignal,
	): Promise<void> {
		const { resources, log, systemLog } = this.#options;
		const answer = await answerOrProblem(() => resources.patchDevice(access, deviceId, { device_name: name }, signal));
		if (answer.kind === 'problem') {
			log.warn('cannot report the initial name of the device', problemFields(answer));
			systemLog.write('Unable to report initial device name', { error: true });
		}
	}

	async #fetchConfig(
		signal: AbortSignal,
	): Promise<{ readonly kind: 'config'; readonly config: Readonly<Record<string, unknown>> } | CloudProblem> {
		const outcome = await this.#options.fetcher.fetch(signal);
		if (outcome.kind === 'problem') {
			return outcome;
		}
		const { body, uuid } = outcome.target;
		const device = isPlainObject(body) ? body[uuid] : undefined;
		const config = isPlainObject(device) ? device['config'] : undefined;
		return isPlainObject(config)
			? { kind: 'config', config }
			: { kind: 'problem', problem: 'garbage', detail: 'the target holds no configuration of this device' };
	}
}

const DEFAULT_RETRY_MS = 30_000;
