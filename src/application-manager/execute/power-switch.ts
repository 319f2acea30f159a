import type { HostPower } from '../../ports/host-power.ts';

/** Knows whether the system was told to go down: from then on nothing is begun any more. */
export class PowerSwitch implements HostPower {
	readonly #power: HostPower;
	#goingDown = false;

	constructor(power: HostPower) {
		this.#power = power;
	}

	get goingDown(): boolean {
		return this.#goingDown;
	}

	isHostUpdating(): Promise<boolean> {
		return this.#power.isHostUpdating();
	}

	async reboot(): Promise<void> {
		await this.#power.reboot();
		this.#goingDown = true;
	}

	async powerOff(): Promise<void> {
		await this.#power.powerOff();
		this.#goingDown = true;
	}
}
