import * as dbus from 'dbus-next';
import { newError, pathOf } from './bus-replies.ts';

/** As systemd keeps it: `code` and `status` of the main process are those of waitid(2). */
interface FakeUnit {
	state: 'activating' | 'active' | 'failed' | 'inactive';
	hasJob: boolean;
	end: UnitEnding;
	readonly holders: Set<string>;
}

interface UnitEnding {
	readonly code: number;
	readonly status: number;
	readonly result: string;
}

const NOT_ENDED: UnitEnding = { code: 0, status: 0, result: 'success' };

export const exited = (status: number): UnitEnding => ({
	code: 1,
	status,
	result: status === 0 ? 'success' : 'exit-code',
});
export const killed = (signal: number): UnitEnding => ({
	code: 2,
	status: signal,
	result: signal === 15 ? 'success' : 'signal',
});

/** Plays the transient units of systemd: what ran with success is forgotten when no client refers to it. */
export class FakeTransientUnits {
	/** The properties of each start, in the order of the starts. */
	readonly starts: { readonly name: string; readonly mode: unknown; readonly properties: Record<string, unknown> }[] =
		[];
	readonly units = new Map<string, FakeUnit>();
	/** Changes of units are not announced. */
	isQuiet = false;
	/** Called when a unit was started. */
	onStart: ((name: string) => void) | undefined;
	readonly #bus: dbus.MessageBus;

	constructor(bus: dbus.MessageBus) {
		this.#bus = bus;
	}

	/** A unit of that name runs, also one of another program. */
	add(name: string, unit: Partial<FakeUnit> = {}): void {
		this.units.set(name, { state: 'active', hasJob: false, end: NOT_ENDED, holders: new Set(), ...unit });
	}

	/** Its start is over. */
	activate(name: string): void {
		Object.assign(this.#unit(name), { state: 'active', hasJob: false });
		this.#announce(name, 'PropertiesChanged');
	}

	end(name: string, ending: UnitEnding): void {
		const unit = this.#unit(name);
		Object.assign(unit, { state: ending.result === 'success' ? 'inactive' : 'failed', hasJob: false, end: ending });
		this.#announce(name, 'PropertiesChanged');
		if (unit.state === 'inactive' && unit.holders.size === 0) {
			this.units.delete(name);
			this.#announce(name, 'UnitRemoved');
		}
	}

	/** `undefined`: not a message about transient units. */
	answer(message: dbus.Message): dbus.Message | undefined {
		const [first, second, third] = message.body as [unknown, unknown, [string, dbus.Variant<unknown>][] | undefined];
		const name = String(first);
		switch (message.member) {
			case 'Subscribe':
				return dbus.Message.newMethodReturn(message);
			case 'StartTransientUnit':
				return this.#start(message, name, second, third ?? []);
			case 'ResetFailedUnit':
				return this.#resetFailed(message, name);
			case 'RefUnit':
				this.units.get(name)?.holders.add(message.sender);
				return this.units.has(name) ? dbus.Message.newMethodReturn(message) : notLoaded(message, name);
			case 'GetUnit':
				return this.units.has(name) ? dbus.Message.newMethodReturn(message, 'o', [pathOf(name)]) : undefined;
			default:
				return this.#answerProperties(message, String(second));
		}
	}

	#unit(name: string): FakeUnit {
		const unit = this.units.get(name);
		if (unit === undefined) throw new Error(`no unit ${name}`);
		return unit;
	}

	#start(
		message: dbus.Message,
		name: string,
		mode: unknown,
		properties: readonly [string, dbus.Variant<unknown>][],
	): dbus.Message {
		const old = this.units.get(name);
		if (old !== undefined && (old.state !== 'inactive' || old.hasJob)) {
			return newError(message, 'org.freedesktop.systemd1.UnitExists', `Unit ${name} was already loaded.`);
		}
		const values = properties.map(([property, variant]) => [property, variant.value] as const);
		this.starts.push({ name, mode, properties: Object.fromEntries(values) });
		// As systemd does: the start is queued, and the unit is not active yet.
		this.add(name, { state: 'inactive', hasJob: true });
		setImmediate(() => this.onStart?.(name));
		return dbus.Message.newMethodReturn(message, 'o', ['/org/freedesktop/systemd1/job/7']);
	}

	#resetFailed(message: dbus.Message, name: string): dbus.Message {
		if (!this.units.has(name)) return notLoaded(message, name);
		if (this.#unit(name).state === 'failed') this.units.delete(name);
		return dbus.Message.newMethodReturn(message);
	}

	#answerProperties(message: dbus.Message, property: string): dbus.Message | undefined {
		const [, unit] = [...this.units].find(([name]) => pathOf(name) === message.path) ?? [];
		if (unit === undefined) return undefined;
		if (message.member === 'GetAll') {
			const properties = {
				LoadState: new dbus.Variant('s', 'loaded'),
				ActiveState: new dbus.Variant('s', unit.state),
				Job: new dbus.Variant('(uo)', [unit.hasJob ? 7 : 0, '/']),
				InvocationID: new dbus.Variant('ay', Buffer.from('ab'.repeat(16), 'hex')),
			};
			return dbus.Message.newMethodReturn(message, 'a{sv}', [properties]);
		}
		const values: Readonly<Record<string, dbus.Variant<unknown>>> = {
			ActiveState: new dbus.Variant('s', unit.state),
			Result: new dbus.Variant('s', unit.end.result),
			ExecMainCode: new dbus.Variant('i', unit.end.code),
			ExecMainStatus: new dbus.Variant('i', unit.end.status),
		};
		return dbus.Message.newMethodReturn(message, 'v', [values[property]]);
	}

	#announce(name: string, member: 'PropertiesChanged' | 'UnitRemoved'): void {
		if (this.isQuiet) return;
		const signal =
			member === 'UnitRemoved'
				? dbus.Message.newSignal('/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager', member, 'so', [
						name,
						pathOf(name),
					])
				: dbus.Message.newSignal(pathOf(name), 'org.freedesktop.DBus.Properties', member, 'sa{sv}as', [
						'org.freedesktop.systemd1.Unit',
						{},
						[],
					]);
		this.#bus.send(signal);
	}
}

function notLoaded(message: dbus.Message, name: string): dbus.Message {
	return newError(message, 'org.freedesktop.systemd1.NoSuchUnit', `Unit ${name} not loaded.`);
}
