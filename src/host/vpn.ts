import type { CurrentVpn } from '../domain/device-config.ts';
import { StaleCache } from '../lib/stale-cache.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { SystemUnits } from '../ports/system-units.ts';

interface VpnOptions {
	readonly units: Pick<SystemUnits, 'startUnit' | 'stopUnit' | 'unitActiveState'>;
}

const UNIT = 'openvpn.service';
const OFF: readonly (string | undefined)[] = ['inactive', 'deactivating', undefined];

/** The VPN, through which users reach the device: a unit of systemd (spec: config 5.3, 5.4). */
export class Vpn {
	readonly #units: VpnOptions['units'];
	readonly #current = new StaleCache(() => this.#read());
	#asked: CurrentVpn['state'] | undefined;

	constructor({ units }: VpnOptions) {
		this.#units = units;
	}

	/** Called in every pass: reads again after `refresh`, and until the unit has the state that was last requested. */
	async observe(): Promise<CurrentVpn> {
		const current = await this.#current.get();
		if (current.state === this.#asked) {
			this.#asked = undefined;
		} else if (this.#asked !== undefined && current.state !== 'unknown') {
			this.#current.invalidate(); // systemd has queued the job; no event reports its end
		}
		return current;
	}

	/** `false` also where the state is unknown. */
	async isEnabled(): Promise<boolean> {
		this.#current.invalidate();
		return (await this.#current.get()).state === 'on';
	}

	/** Another program may have switched it. */
	refresh(): void {
		this.#current.invalidate();
	}

	async set(enabled: boolean): Promise<void> {
		try {
			await (enabled ? this.#units.startUnit(UNIT) : this.#units.stopUnit(UNIT));
		} finally {
			this.#asked = enabled ? 'on' : 'off';
			this.#current.invalidate();
		}
	}

	async #read(): Promise<CurrentVpn> {
		try {
			return { state: OFF.includes(await this.#units.unitActiveState(UNIT)) ? 'off' : 'on' };
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			return { state: 'unknown', error: error.message };
		}
	}
}
