import type { Config, Settings } from '../../config/index.ts';
import type { Instant } from '../../domain/plan.ts';
import { isAborted } from '../../lib/is-aborted.ts';
import { Listeners } from '../../lib/listeners.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import { waitFor } from '../../lib/wait-for.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ConnectProbe, ReachabilityObserver, HostAddress } from '../../ports/connectivity.ts';
import type { Led, LedPattern } from '../../ports/led.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';

interface ConnectivityOptions {
	/** Read anew before each look, so that another endpoint needs no restart. */
	readonly settings: Pick<Config, 'read'>;
	/** Makes sure that others can say that the VPN is up. */
	readonly prepareVpnStatus: () => Promise<void>;
	readonly isVpnUp: () => Promise<boolean>;
	readonly probe: ConnectProbe;
	/** Shows on the device itself that it is on its own. */
	readonly led: Pick<Led, 'start' | 'stop'>;
	readonly clock: Clock;
	readonly log: Log;
}

/** Between two looks, and for one probe. */
const PERIOD_MS = 10_000;
const TIMEOUT_MS = 10_000;
const DISCONNECTED: LedPattern = { blinks: 4, pauseMs: 1000 };
/** Polls come an interval and up to a minute of jitter apart, and take their time. */
const POLL_SLACK_MS = 90_000;
const PROVEN_MS_MAX = 3_600_000;

/**
 * Whether the cloud can be reached, for people who look at the device or at its log (spec: cloud-api 16, host 8.1); nothing
 * waits for it. What others hear from the cloud is as good as a probe and costs nothing, so a device that is well never
 * sends one: it is asked only at the start, after a request that got no answer, when addresses have changed, when no other request
 * has heard of the cloud for longer than a poll takes, and every ten seconds while there is no connection.
 */
export class Connectivity implements ReachabilityObserver {
	readonly name = 'connectivity';
	readonly #options: ConnectivityOptions;
	readonly #listeners = new Listeners<[boolean]>();
	readonly #wake = new WakeSignal<'recheck' | 'reached' | 'changed'>();
	/** Of the endpoint, as last read. */
	#address: HostAddress | undefined;
	#provenAt: Instant | undefined;
	/** `undefined`: not known yet, or there is nothing to connect to. */
	#isConnected: boolean | undefined;
	#pollIntervalMs = 0;

	constructor(options: ConnectivityOptions) {
		this.#options = options;
	}

	reached(url: string): void {
		if (this.#isEndpoint(url)) {
			this.#provenAt = this.#options.clock.now();
			if (this.#isConnected !== true) {
				this.#wake.wake('reached');
			}
		}
	}

	missed(url: string): void {
		if (this.#isEndpoint(url) && this.#isConnected !== false) {
			this.recheck();
		}
	}

	/** What was known may not hold any more: look at once. */
	recheck(): void {
		this.#provenAt = undefined;
		this.#wake.wake('recheck');
	}

	/** The cloud was lost, or is back. Returns a function that stops this. */
	onChange(listener: (isConnected: boolean) => void): () => void {
		return this.#listeners.add(listener);
	}

	/** A setting has changed. */
	changed(): void {
		this.#wake.wake('changed');
	}

	async run(signal: AbortSignal): Promise<void> {
		await this.#options.prepareVpnStatus();
		while (!signal.aborted) {
			this.#wake.take(); // before looking: what happens meanwhile must be looked at again
			const isConnected = await this.#look(signal);
			if (!isAborted(signal)) {
				await this.#note(isConnected);
				await this.#pause(signal);
			}
		}
		await this.#note(undefined);
	}

	/** `undefined`: unknown; the last known state stays. */
	async #look(signal: AbortSignal): Promise<boolean | undefined> {
		const settings = await this.#readSettings();
		if (settings === undefined) {
			return this.#isConnected;
		}
		this.#pollIntervalMs = settings.pollIntervalMs;
		this.#setAddress(addressOf(settings.apiEndpoint));
		if (this.#address === undefined) {
			return undefined;
		}
		if (!settings.connectivityCheckEnabled || this.#proofLeftMs() > 0 || (await this.#options.isVpnUp())) {
			return true;
		}
		const { probe, clock } = this.#options;
		const isReached = await probe.connect(this.#address, TIMEOUT_MS, signal);
		if (isReached) {
			this.#provenAt = clock.now();
		}
		return isReached || this.#proofLeftMs() > 0; // others may have heard something meanwhile
	}

	async #readSettings(): Promise<Settings | undefined> {
		try {
			return await this.#options.settings.read();
		} catch (error) {
			if (error instanceof OperationalError) {
				this.#options.log.debug('cannot read the settings of the connectivity check', { error: error.message });
				return undefined;
			}
			throw error;
		}
	}

	/** For how long what was last heard is good. */
	#proofLeftMs(): number {
		const lastsMs = Math.min(this.#pollIntervalMs + POLL_SLACK_MS, PROVEN_MS_MAX);
		return this.#provenAt === undefined ? 0 : this.#provenAt + lastsMs - this.#options.clock.now();
	}

	/** The state of one cloud says nothing about another. */
	#setAddress(address: HostAddress | undefined): void {
		if (address?.host !== this.#address?.host || address?.port !== this.#address?.port) {
			this.#address = address;
			this.#provenAt = undefined;
		}
	}

	#isEndpoint(url: string): boolean {
		const address = addressOf(url);
		return address !== undefined && address.host === this.#address?.host && address.port === this.#address.port;
	}

	async #note(isConnected: boolean | undefined): Promise<void> {
		const before = this.#isConnected;
		if (isConnected === before) {
			return;
		}
		const { log, led } = this.#options;
		this.#isConnected = isConnected;
		if (isConnected !== undefined) {
			log.info(isConnected ? 'Internet Connectivity: OK' : 'Waiting for connectivity...');
		}
		if (isConnected === false || (isConnected === true && before === false)) {
			this.#listeners.notify(isConnected);
		}
		if (isConnected === false) {
			led.start(DISCONNECTED);
		} else if (before === false) {
			await led.stop(); // only then: a person may be identifying this device by its LED
		}
	}

	async #pause(signal: AbortSignal): Promise<void> {
		const ms = this.#isConnected === true ? Math.max(this.#proofLeftMs(), PERIOD_MS) : PERIOD_MS;
		await waitFor({ wake: this.#wake, ms, clock: this.#options.clock, signal });
	}
}

const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/** `undefined`: there is nothing one could connect to. */
export function addressOf(endpoint: string): HostAddress | undefined {
	if (!URL.canParse(endpoint)) {
		return undefined;
	}
	const { hostname, port, protocol } = new URL(endpoint);
	const usual = PORTS[protocol];
	return usual === undefined || hostname === ''
		? undefined
		: { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? usual : Number(port) };
}
