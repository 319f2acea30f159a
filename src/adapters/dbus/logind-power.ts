import type { HostPower } from '../../ports/host-power.ts';
import type { SystemBus } from './system-bus.ts';

interface LogindPowerOptions {
	readonly bus: Pick<SystemBus, 'call'>;
	/** The state comes from files, not from the bus. */
	readonly isHostUpdating: () => Promise<boolean>;
}

export class LogindPower implements HostPower {
	readonly #options: LogindPowerOptions;

	constructor(options: LogindPowerOptions) {
		this.#options = options;
	}

	isHostUpdating(): Promise<boolean> {
		return this.#options.isHostUpdating();
	}

	reboot(): Promise<void> {
		return this.#ask('Reboot');
	}

	powerOff(): Promise<void> {
		return this.#ask('PowerOff');
	}

	async #ask(member: 'Reboot' | 'PowerOff'): Promise<void> {
		await this.#options.bus.call({
			destination: 'org.freedesktop.login1',
			path: '/org/freedesktop/login1',
			interface: 'org.freedesktop.login1.Manager',
			member,
			signature: 'b',
			body: [false], // no user can be asked for a password
		});
	}
}
