import { wantsVpn } from '../config/index.ts';
import { isSettled, type Instant, type Plan } from '../domain/plan.ts';
import type { ConfigChanges } from '../domain/target.ts';
import { StaleCache } from '../lib/stale-cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { ConfigPart } from '../ports/observer.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { SystemUnits } from '../ports/system-units.ts';

export interface VpnOptions {
	readonly units: Pick<SystemUnits, 'startUnit' | 'stopUnit' | 'unitActiveState'>;
	/** Without a cloud there is nobody to connect to. */
	readonly isManaged: () => Promise<boolean>;
	readonly clock: Pick<Clock, 'now'>;
	readonly log: Log;
	readonly systemLog: SystemLog;
	/** Something else is wanted than a moment ago. */
	readonly changed: () => void;
}

const UNIT = 'openvpn.service';
const OFF: readonly (string | undefined)[] = ['inactive', 'deactivating', undefined];
const ONCE_IN_MS = 3_600_000;

/**
 * The VPN, through which people reach the device (spec: config 5.3, 5.4). Until this supervisor has once reached its target
 * it is on, whatever the target says, so that a release that goes wrong leaves a way in. Changed once an hour, unless the
 * target is reached in between.
 */
export class Vpn implements ConfigPart {
	readonly #options: VpnOptions;
	readonly #isOn: StaleCache<boolean | undefined>;
	#isFirst = true;
	#isUnwanted = false;
	#attemptedAt: Instant | undefined;
	#isUnknown = false;

	constructor(options: VpnOptions) {
		this.#options = options;
		this.#isOn = new StaleCache(() => this.#read());
	}

	async changes(variables: Readonly<Record<string, string>>): Promise<ConfigChanges> {
		const { isManaged, clock } = this.#options;
		this.#isUnwanted = !wantsVpn(variables);
		if (!(await isManaged())) {
			return {};
		}
		const enabled = this.#isFirst || !this.#isUnwanted;
		const isOn = await this.#isOn.get();
		if (isOn === undefined || isOn === enabled) {
			return {};
		}
		const notBefore = this.#attemptedAt === undefined ? undefined : this.#attemptedAt + ONCE_IN_MS;
		if (notBefore === undefined || notBefore <= clock.now()) {
			return { vpn: { enabled } };
		}
		this.#isOn.invalidate(); // what was asked for takes its time, and nobody tells us when it has happened
		return { vpn: { enabled, notBefore } };
	}

	/** `false` also where nobody knows. */
	async isEnabled(): Promise<boolean> {
		this.#isOn.invalidate();
		return (await this.#isOn.get()) ?? false;
	}

	refresh(): void {
		this.#isOn.invalidate();
	}

	/** To be told after each pass. */
	planned(plan: Plan): void {
		if (!isSettled(plan)) {
			return;
		}
		if (plan.waiting.length === 0) {
			this.#attemptedAt = undefined;
		}
		if (this.#isFirst) {
			this.#isFirst = false;
			if (this.#isUnwanted) {
				this.#options.changed();
			}
		}
	}

	async apply(enabled: boolean): Promise<void> {
		const { units, clock, systemLog } = this.#options;
		const json = JSON.stringify({ SUPERVISOR_VPN_CONTROL: String(enabled) });
		const isQuiet = this.#isFirst;
		if (!isQuiet) {
			systemLog.write(`Applying configuration change ${json}`);
		}
		try {
			await (enabled ? units.startUnit(UNIT) : units.stopUnit(UNIT));
		} catch (error) {
			systemLog.write(`Error applying configuration change: ${String(error)}`, { error: true });
			throw error;
		} finally {
			this.#attemptedAt = clock.now();
			this.#isOn.invalidate();
		}
		if (!isQuiet) {
			systemLog.write(`Applied configuration change ${json}`);
		}
	}

	/** `undefined`: nobody can say. Then it is left alone. */
	async #read(): Promise<boolean | undefined> {
		try {
			const isOn = !OFF.includes(await this.#options.units.unitActiveState(UNIT));
			this.#isUnknown = false;
			return isOn;
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			if (!this.#isUnknown) {
				this.#isUnknown = true;
				this.#options.log.info('state of the VPN not known, it is left as it is', { error: error.message });
			}
			return undefined;
		}
	}
}
