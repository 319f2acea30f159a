import type { HostAbilities } from '../../ports/host-abilities.ts';
import { SystemBusError } from '../../ports/system-units.ts';
import type { SystemBus } from './system-bus.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
const SYSTEMD_PATH = '/org/freedesktop/systemd1';
const LOGIND = 'org.freedesktop.login1';
const TIMEDATED = 'org.freedesktop.timedate1';

/** A property of an object of a service. */
interface Property {
	readonly destination: string;
	readonly path: string;
	readonly interface: string;
	readonly name: string;
}

export class BusAbilities implements HostAbilities {
	readonly #bus: Pick<SystemBus, 'call'>;

	constructor(bus: Pick<SystemBus, 'call'>) {
		this.#bus = bus;
	}

	async systemdVersion(): Promise<string> {
		const place = { destination: SYSTEMD, path: SYSTEMD_PATH, interface: `${SYSTEMD}.Manager` };
		return String(await this.#get({ ...place, name: 'Version' }));
	}

	/** `GetUnit` knows only units that are in use, so one that is stopped would seem to be missing. */
	async hasUnit(unit: string): Promise<boolean> {
		const [path] = await this.#bus.call({
			destination: SYSTEMD,
			path: SYSTEMD_PATH,
			interface: `${SYSTEMD}.Manager`,
			member: 'LoadUnit',
			signature: 's',
			body: [unit],
		});
		const place = { destination: SYSTEMD, path: String(path), interface: `${SYSTEMD}.Unit` };
		return (await this.#get({ ...place, name: 'LoadState' })) === 'loaded';
	}

	async canReboot(): Promise<string> {
		const [answer] = await this.#bus.call({
			destination: LOGIND,
			path: '/org/freedesktop/login1',
			interface: `${LOGIND}.Manager`,
			member: 'CanReboot',
		});
		return String(answer);
	}

	async isClockSynchronised(): Promise<boolean> {
		const place = { destination: TIMEDATED, path: '/org/freedesktop/timedate1', interface: TIMEDATED };
		return (await this.#get({ ...place, name: 'NTPSynchronized' })) === true;
	}

	async #get({ name, ...place }: Property): Promise<unknown> {
		const [variant] = await this.#bus.call({
			destination: place.destination,
			path: place.path,
			interface: 'org.freedesktop.DBus.Properties',
			member: 'Get',
			signature: 'ss',
			body: [place.interface, name],
		});
		if (typeof variant !== 'object' || variant === null || !('value' in variant)) {
			throw new SystemBusError('bus-refused', `unexpected answer of ${place.destination} for ${name}`);
		}
		return variant.value;
	}
}
