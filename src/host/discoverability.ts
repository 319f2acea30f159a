import { WakeSignal } from '../lib/wake-signal.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { SystemUnits } from '../ports/system-units.ts';

interface DiscoverabilityOptions {
	readonly units: Pick<SystemUnits, 'startUnit' | 'stopUnit'>;
	/** Whether the device announces its name in the local network (mDNS). */
	readonly isWanted: () => Promise<boolean>;
	readonly log: Log;
}

/** The socket would start the service again, so it is stopped after the service (spec: host 9). */
const UNITS = ['avahi-daemon.service', 'avahi-daemon.socket'];

/**
 * Starts or stops mDNS discovery of the device by its name: at start and when the setting changes. Nothing depends on
 * it: a failure is logged, and not retried before the next change.
 */
export class Discoverability {
	readonly name = 'discoverability';
	readonly #options: DiscoverabilityOptions;
	readonly #wake = new WakeSignal<'start' | 'changed'>();

	constructor(options: DiscoverabilityOptions) {
		this.#options = options;
	}

	changed(): void {
		this.#wake.wake('changed');
	}

	async run(signal: AbortSignal): Promise<void> {
		this.#wake.wake('start');
		while (!signal.aborted) {
			this.#wake.take();
			await this.#apply(signal);
			await this.#wake.wait(signal);
		}
	}

	async #apply(signal: AbortSignal): Promise<void> {
		const { units, isWanted, log } = this.#options;
		try {
			const wanted = await isWanted();
			for (const unit of UNITS) {
				await this.#tolerate(unit, () => (wanted ? units.startUnit(unit) : units.stopUnit(unit)));
				if (signal.aborted) {
					return;
				}
			}
			log.debug('discoverability applied', { discoverable: wanted });
		} catch (error) {
			this.#report(error);
		}
	}

	/** A failure of one unit does not affect the other. */
	async #tolerate(unit: string, change: () => Promise<void>): Promise<void> {
		try {
			await change();
		} catch (error) {
			this.#report(error, unit);
		}
	}

	#report(error: unknown, unit?: string): void {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		const { log } = this.#options;
		log.warn('cannot switch the discovery of the device by its name (mDNS)', { unit, error: error.message });
	}
}
