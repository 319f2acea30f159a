import { SystemBusError, type SystemUnits } from '../../ports/system-units.ts';
import type { SystemBus } from './system-bus.ts';

const DESTINATION = 'org.freedesktop.systemd1';
/** Jobs of other programs that are queued already take precedence (spec: host 6). */
const MODE = 'fail';

export class SystemdUnits implements SystemUnits {
	readonly #bus: Pick<SystemBus, 'call'>;

	constructor(bus: Pick<SystemBus, 'call'>) {
		this.#bus = bus;
	}

	async startUnit(unit: string): Promise<void> {
		await this.#manage('StartUnit', unit, MODE);
	}

	async stopUnit(unit: string): Promise<void> {
		await this.#manage('StopUnit', unit, MODE);
	}

	async restartUnit(unit: string): Promise<void> {
		await this.#manage('RestartUnit', unit, MODE);
	}

	async unitActiveState(unit: string): Promise<string | undefined> {
		const state = await this.#readProperty(unit, 'ActiveState');
		if (state !== undefined && typeof state !== 'string') {
			throw unexpected(unit, 'ActiveState');
		}
		return state;
	}

	async unitPartOf(unit: string): Promise<readonly string[] | undefined> {
		const units = await this.#readProperty(unit, 'PartOf');
		if (units !== undefined && !isStringArray(units)) {
			throw unexpected(unit, 'PartOf');
		}
		return units;
	}

	/** `undefined` if the unit is not loaded. */
	async #readProperty(unit: string, property: string): Promise<unknown> {
		const path = await this.#findUnit(unit);
		if (path === undefined) {
			return undefined;
		}
		const [variant] = await this.#bus.call({
			destination: DESTINATION,
			path,
			interface: 'org.freedesktop.DBus.Properties',
			member: 'Get',
			signature: 'ss',
			body: ['org.freedesktop.systemd1.Unit', property],
		});
		if (typeof variant !== 'object' || variant === null || !('value' in variant)) {
			throw unexpected(unit, property);
		}
		return variant.value;
	}

	async #findUnit(unit: string): Promise<string | undefined> {
		try {
			const [path] = await this.#manage('GetUnit', unit);
			if (typeof path !== 'string') {
				throw unexpected(unit, 'path');
			}
			return path;
		} catch (error) {
			if (error instanceof SystemBusError && error.code === 'unit-missing') {
				return undefined;
			}
			throw error;
		}
	}

	#manage(member: string, ...body: readonly string[]): Promise<readonly unknown[]> {
		return this.#bus.call({
			destination: DESTINATION,
			path: '/org/freedesktop/systemd1',
			interface: 'org.freedesktop.systemd1.Manager',
			member,
			signature: 's'.repeat(body.length),
			body,
		});
	}
}

function isStringArray(value: unknown): value is readonly string[] {
	return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function unexpected(unit: string, what: string): SystemBusError {
	return new SystemBusError('bus-refused', `unexpected answer of systemd for ${what} of ${unit}`);
}
