import { isUnmanaged, type Config, type Settings } from '../../config/index.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeviceFacts } from '../../device-state/index.ts';
import type { ReadDeviceFacts } from '../report/report-sources.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { CloudTroubles } from '../cloud-troubles.ts';
import type { CloudApi } from '../protocol/cloud-api.ts';
import { answerOrProblem, problemFields, type CloudProblem } from '../protocol/cloud-problem.ts';
import { addressOf } from '../reachability/connectivity.ts';
import { exchangeKey, type Identity } from './key-exchange.ts';

interface ProvisionerOptions {
	readonly cloud: Pick<CloudApi, 'register' | 'fetchDevice' | 'exchangeKey'>;
	readonly settings: Pick<Config, 'read' | 'set'>;
	readonly facts: ReadDeviceFacts;
	/** 32 lower-case hex characters of a version 4 uuid: for a new identity. */
	readonly newId: () => string;
	readonly troubles: Pick<CloudTroubles, 'failed' | 'succeeded'>;
	readonly clock: Clock;
	readonly log: Log;
}

/** How one attempt ended. */
type ProvisionOutcome =
	| { readonly kind: 'provisioned' }
	/** The device has no cloud to go to. */
	| { readonly kind: 'unmanaged' }
	/** The endpoint is no URL: nothing can be asked until the supervisor starts with another one. */
	| { readonly kind: 'no-endpoint' }
	| { readonly kind: 'incomplete'; readonly missing: readonly string[] }
	/** The identity cannot be used any more; the next attempt registers with a new one. */
	| { readonly kind: 'new-identity'; readonly uuid: string }
	| { readonly kind: 'failed'; readonly problem: CloudProblem }
	/** Our own disk, not the cloud. */
	| { readonly kind: 'settings-failed'; readonly error: OperationalError };

/** The whole width: a tenth to either side. */
const JITTER = 0.2;
const DEFAULT_RETRY_MS = 30_000;

/**
 * Makes this device known to the cloud: registers it or exchanges its key, until it works (spec: cloud-api 3). Whatever
 * was done when power is cut, the next attempt finds out by the device's own key.
 */
export class Provisioner {
	readonly name = 'provisioner';
	readonly #options: ProvisionerOptions;
	#retryMs = DEFAULT_RETRY_MS;

	constructor(options: ProvisionerOptions) {
		this.#options = options;
	}

	async run(signal: AbortSignal): Promise<'provisioned' | 'unmanaged' | 'no-endpoint' | 'aborted'> {
		const { clock } = this.#options;
		while (!isAborted(signal)) {
			let outcome: ProvisionOutcome;
			try {
				outcome = await this.attempt(signal);
			} catch (error) {
				if (isAborted(signal)) {
					break;
				}
				throw error;
			}
			if (outcome.kind === 'provisioned' || outcome.kind === 'unmanaged' || outcome.kind === 'no-endpoint') {
				return outcome.kind;
			}
			const pauseMs = pauseAfter(outcome, this.#retryMs, clock.random());
			this.#logFailure(outcome, pauseMs);
			await clock.sleep(pauseMs, signal);
		}
		return 'aborted';
	}

	/** One attempt. Everything is read again, so a corrected config.json helps at once. */
	async attempt(signal: AbortSignal): Promise<ProvisionOutcome> {
		try {
			const settings = await this.#options.settings.read();
			this.#retryMs = settings.bootstrapRetryDelayMs;
			return await this.#attempt(settings, signal);
		} catch (error) {
			if (error instanceof OperationalError && !signal.aborted) {
				return { kind: 'settings-failed', error };
			}
			throw error;
		}
	}

	async #attempt(settings: Settings, signal: AbortSignal): Promise<ProvisionOutcome> {
		const { uuid, deviceApiKey, registeredAt, deviceId, provisioningKey } = settings;
		if (isUnmanaged(settings)) {
			return { kind: 'unmanaged' };
		}
		if (addressOf(settings.apiEndpoint) === undefined) {
			this.#options.troubles.failed('register', { kind: 'problem', problem: 'http-bad-url' });
			return { kind: 'no-endpoint' };
		}
		if (uuid === undefined || deviceApiKey === '') {
			return { kind: 'incomplete', missing: missingOf({ uuid, deviceApiKey }) };
		}
		const identity = { uuid, deviceApiKey };
		if (registeredAt !== undefined && deviceId !== undefined) {
			return provisioningKey === undefined
				? { kind: 'provisioned' }
				: this.#exchange({ settings, identity, mayRenew: false, isRegistration: false }, signal);
		}
		if (registeredAt !== undefined) {
			return this.#exchange({ settings, identity, mayRenew: true, isRegistration: false }, signal);
		}
		return this.#register(settings, identity, signal);
	}

	async #register(settings: Settings, identity: Identity, signal: AbortSignal): Promise<ProvisionOutcome> {
		const { provisioningKey, applicationId } = settings;
		if (provisioningKey === undefined || applicationId === undefined) {
			return { kind: 'incomplete', missing: missingOf({ apiKey: provisioningKey, applicationId }) };
		}
		const facts = await this.#options.facts();
		const access = { endpoint: settings.apiEndpoint, key: provisioningKey, timeoutMs: settings.requestTimeoutMs };
		const answer = await answerOrProblem(() =>
			this.#options.cloud.register(access, { applicationId, ...identity, ...registrationFacts(facts) }, signal),
		);
		switch (answer.kind) {
			case 'registered':
				return this.#finish({ deviceId: answer.deviceId, isRegistration: true });
			case 'conflict':
				// The answer to an earlier attempt was lost, or the identity belongs to another device.
				return this.#exchange({ settings, identity, mayRenew: true, isRegistration: true }, signal);
			case 'problem':
				return { kind: 'failed', problem: answer };
		}
	}

	async #exchange(options: Exchange, signal: AbortSignal): Promise<ProvisionOutcome> {
		const { settings, identity, mayRenew, isRegistration } = options;
		const outcome = await exchangeKey(this.#options.cloud, settings, identity, signal);
		switch (outcome.kind) {
			case 'exchanged':
				return this.#finish({ deviceId: outcome.deviceId, isRegistration });
			case 'undecided':
				return { kind: 'failed', problem: outcome.problem };
			case 'no-provisioning-key':
				return { kind: 'incomplete', missing: ['apiKey'] };
			case 'refused':
				return mayRenew ? this.#renew() : { kind: 'failed', problem: outcome.problem };
		}
	}

	/**
	 * Both names in one write, and no longer registered: a key that the cloud has once seen can never be registered again,
	 * not even after its device was deleted.
	 */
	async #renew(): Promise<ProvisionOutcome> {
		const uuid = this.#options.newId();
		await this.#options.settings.set({ uuid, deviceApiKey: this.#options.newId(), registeredAt: null });
		return { kind: 'new-identity', uuid };
	}

	/** The only place where the provisioning key is given up. Without this write the next start finds the device by its key. */
	async #finish(options: { readonly deviceId: number; readonly isRegistration: boolean }): Promise<ProvisionOutcome> {
		const { clock, settings, troubles, log } = this.#options;
		await settings.set({
			deviceId: options.deviceId,
			provisioningKey: null,
			...(options.isRegistration ? { registeredAt: clock.wall().getTime() } : {}),
		});
		troubles.succeeded('register');
		log.info('device is provisioned', { deviceId: options.deviceId });
		return { kind: 'provisioned' };
	}

	#logFailure(
		outcome: Exclude<ProvisionOutcome, { kind: 'provisioned' | 'unmanaged' | 'no-endpoint' }>,
		retryInMs: number,
	): void {
		const { log, troubles } = this.#options;
		switch (outcome.kind) {
			case 'incomplete':
				log.error('cannot provision: config.json lacks values', { missing: outcome.missing, retryInMs });
				break;
			case 'new-identity':
				log.warn('the cloud refuses this identity, the device registers as a new one', {
					uuid: outcome.uuid,
					retryInMs,
				});
				break;
			case 'failed':
				troubles.failed('register', outcome.problem, retryInMs);
				log.warn('cannot provision, trying again', { ...problemFields(outcome.problem), retryInMs });
				break;
			case 'settings-failed':
				log.error('cannot read or save the identity, trying again', { error: outcome.error.message, retryInMs });
		}
	}
}

interface Exchange {
	readonly settings: Settings;
	readonly identity: Identity;
	/** Whether the identity may be given up when it cannot be used. */
	readonly mayRenew: boolean;
	readonly isRegistration: boolean;
}

/** Around the configured delay, so that a fleet that starts together does not stay together; longer if the cloud asks. */
function pauseAfter(outcome: ProvisionOutcome, delayMs: number, random: number): number {
	const pauseMs = Math.round(delayMs * (1 - JITTER / 2 + JITTER * random));
	return outcome.kind === 'failed' ? Math.max(pauseMs, outcome.problem.retryAfterMs ?? 0) : pauseMs;
}

function registrationFacts(facts: DeviceFacts) {
	const { deviceType, supervisorVersion, osVersion, osVariant, macAddress } = facts;
	return {
		deviceType,
		supervisorVersion,
		...(osVersion === undefined ? {} : { osVersion }),
		...(osVariant === undefined ? {} : { osVariant }),
		...(macAddress === undefined ? {} : { macAddress }),
	};
}

function missingOf(values: Readonly<Record<string, unknown>>): readonly string[] {
	return Object.keys(values).filter((name) => values[name] === undefined || values[name] === '');
}
