import { SystemBusError } from '../../ports/system-units.ts';
import type { RunUnitOptions, TransientUnit, TransientUnits, UnitEnd } from '../../ports/transient-units.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import type { OpenBus, SystemBus } from './system-bus.ts';

const DESTINATION = 'org.freedesktop.systemd1';
/** A signal can be lost, and a bus can become silent. */
const LOOK_AGAIN_MS = 30_000;

interface SystemdTransientUnitsOptions {
	readonly bus: Pick<SystemBus, 'open'>;
	readonly lookAgainMs?: number;
}

export class SystemdTransientUnits implements TransientUnits {
	readonly #bus: Pick<SystemBus, 'open'>;
	readonly #lookAgainMs: number;

	constructor({ bus, lookAgainMs = LOOK_AGAIN_MS }: SystemdTransientUnitsOptions) {
		this.#bus = bus;
		this.#lookAgainMs = lookAgainMs;
	}

	async run(unit: TransientUnit, { signal, onStarted }: RunUnitOptions): Promise<UnitEnd> {
		return await this.#watch(unit.name, async (bus, untilEnd) => {
			await resetFailed(bus, unit.name);
			await start(bus, unit);
			await keepLoaded(bus, unit.name);
			await onStarted?.();
			return await untilEnd(signal);
		});
	}

	async isRunning(name: string): Promise<boolean> {
		const bus = await this.#bus.open();
		try {
			const unit = await readUnit(bus, name);
			return unit !== undefined && !unit.hasEnded;
		} finally {
			bus.close();
		}
	}

	async waitForEnd(name: string, signal: AbortSignal): Promise<UnitEnd | undefined> {
		return await this.#watch(name, async (bus, untilEnd) =>
			(await keepLoaded(bus, name)) ? await untilEnd(signal) : undefined,
		);
	}

	/** Asks for the signals before anything else. Each waiter has its own connection, and leaves nothing on the bus. */
	async #watch<T>(
		name: string,
		use: (bus: OpenBus, untilEnd: (signal: AbortSignal) => Promise<UnitEnd>) => Promise<T>,
	): Promise<T> {
		const bus = await this.#bus.open();
		try {
			const wake = new WakeSignal<'signal'>();
			bus.onSignalOrEnd(() => {
				wake.wake('signal');
			});
			await askForSignals(bus, name);
			return await use(bus, (signal) => untilEnded(bus, { name, wake, lookAgainMs: this.#lookAgainMs, signal }));
		} finally {
			bus.close();
		}
	}
}

interface Waiting {
	readonly name: string;
	readonly wake: WakeSignal<'signal'>;
	readonly lookAgainMs: number;
	readonly signal: AbortSignal;
}

/** A signal only wakes: the state is read again. */
async function untilEnded(bus: OpenBus, { name, wake, lookAgainMs, signal }: Waiting): Promise<UnitEnd> {
	for (;;) {
		signal.throwIfAborted();
		wake.take();
		const unit = await readUnit(bus, name);
		if (unit === undefined) {
			return { kind: 'succeeded' }; // systemd keeps a unit that failed
		}
		if (unit.hasEnded) {
			return await readEnd(bus, unit);
		}
		const timer = setTimeout(() => {
			wake.wake('signal');
		}, lookAgainMs);
		await wake.wait(signal);
		clearTimeout(timer);
	}
}

interface SeenUnit {
	readonly path: string;
	readonly hasEnded: boolean;
	readonly invocationId: string | undefined;
}

async function readUnit(bus: OpenBus, name: string): Promise<SeenUnit | undefined> {
	try {
		const [path] = await manage(bus, 'GetUnit', 's', [name]);
		if (typeof path !== 'string') {
			throw unexpected(name);
		}
		return await readLoadedUnit(bus, path);
	} catch (error) {
		if (isMissing(error)) {
			return undefined;
		}
		throw error;
	}
}

/** All at once: a unit that is not active yet, because its start is queued, must not look like one that has ended. */
async function readLoadedUnit(bus: OpenBus, path: string): Promise<SeenUnit | undefined> {
	const [properties] = await bus.call({
		destination: DESTINATION,
		path,
		interface: 'org.freedesktop.DBus.Properties',
		member: 'GetAll',
		signature: 's',
		body: ['org.freedesktop.systemd1.Unit'],
	});
	const state = valueOf(properties, 'ActiveState');
	const job: unknown = valueOf(properties, 'Job');
	const id = valueOf(properties, 'InvocationID');
	if (typeof state !== 'string' || !Array.isArray(job)) {
		throw unexpected(path);
	}
	if (valueOf(properties, 'LoadState') === 'not-found') {
		return undefined; // systemd forgot it after our call before, and made an empty one for this call
	}
	return {
		path,
		hasEnded: (state === 'failed' || state === 'inactive') && job[0] === 0,
		invocationId: id instanceof Uint8Array && id.length > 0 ? Buffer.from(id).toString('hex') : undefined,
	};
}

async function readEnd(bus: OpenBus, { path, invocationId }: SeenUnit): Promise<UnitEnd> {
	const [result, code, status] = await Promise.all(
		['Result', 'ExecMainCode', 'ExecMainStatus'].map((property) => readServiceProperty(bus, path, property)),
	);
	if (code === CLD_EXITED && status === 0 && result === 'success') {
		return { kind: 'succeeded' };
	}
	return {
		kind: 'failed',
		result: String(result),
		...(code === CLD_EXITED && typeof status === 'number' ? { exitStatus: status } : {}),
		...((code === CLD_KILLED || code === CLD_DUMPED) && typeof status === 'number' ? { killedBySignal: status } : {}),
		...(invocationId === undefined ? {} : { invocationId }),
	};
}

/** Of waitid(2): what the status is. */
const CLD_EXITED = 1;
const CLD_KILLED = 2;
const CLD_DUMPED = 3;

async function readServiceProperty(bus: OpenBus, path: string, property: string): Promise<unknown> {
	const [variant] = await bus.call({
		destination: DESTINATION,
		path,
		interface: 'org.freedesktop.DBus.Properties',
		member: 'Get',
		signature: 'ss',
		body: ['org.freedesktop.systemd1.Service', property],
	});
	return valueOf({ variant }, 'variant');
}

async function askForSignals(bus: OpenBus, name: string): Promise<void> {
	const ofSystemd = `type='signal',sender='${DESTINATION}'`;
	await addMatch(bus, `${ofSystemd},path='${pathOf(name)}',interface='org.freedesktop.DBus.Properties'`);
	await addMatch(bus, `${ofSystemd},member='UnitRemoved',arg0='${name}'`);
	await manage(bus, 'Subscribe', '', []); // systemd sends no signals about units until someone asks
}

async function addMatch(bus: OpenBus, rule: string): Promise<void> {
	await bus.call({
		destination: 'org.freedesktop.DBus',
		path: '/org/freedesktop/DBus',
		interface: 'org.freedesktop.DBus',
		member: 'AddMatch',
		signature: 's',
		body: [rule],
	});
}

/** systemd keeps a unit that failed, and then refuses to start another one of its name. */
async function resetFailed(bus: OpenBus, name: string): Promise<void> {
	try {
		await manage(bus, 'ResetFailedUnit', 's', [name]);
	} catch (error) {
		// usually there is none; what else stands in the way, the start says
		if (!(error instanceof SystemBusError) || error.code === 'bus-unreachable' || error.code === 'bus-no-answer') {
			throw error;
		}
	}
}

/**
 * Without a reference systemd forgets a unit that succeeded, and one that was stopped. The reference ends with the connection.
 * False: systemd knows no such unit.
 */
async function keepLoaded(bus: OpenBus, name: string): Promise<boolean> {
	try {
		await manage(bus, 'RefUnit', 's', [name]);
		return true;
	} catch (error) {
		if (isMissing(error)) {
			return false;
		}
		throw error;
	}
}

async function start(bus: OpenBus, { name, command, workingDirectory }: TransientUnit): Promise<void> {
	const argv = command.map((word) => word.replaceAll('$', '$$$$')); // systemd replaces variables, and `$$` by `$`
	const properties: readonly (readonly [string, string, unknown])[] = [
		['Type', 's', 'exec'],
		['ExecStart', 'a(sasb)', [[command[0], argv, false]]],
		['RemainAfterExit', 'b', false],
		['CollectMode', 's', 'inactive'],
		['WorkingDirectory', 's', workingDirectory],
	];
	const body = properties.map(([property, signature, value]) => [property, bus.variant(signature, value)]);
	await manage(bus, 'StartTransientUnit', 'ssa(sv)a(sa(sv))', [name, 'fail', body, []]);
}

function manage(
	bus: OpenBus,
	member: string,
	signature: string,
	body: readonly unknown[],
): Promise<readonly unknown[]> {
	return bus.call({
		destination: DESTINATION,
		path: '/org/freedesktop/systemd1',
		interface: 'org.freedesktop.systemd1.Manager',
		member,
		...(signature === '' ? {} : { signature }),
		body,
	});
}

/** The rule of systemd: each byte that is no letter or digit as `_` and two hexadecimal digits; a digit too at the start. */
function pathOf(unit: string): string {
	const escaped = unit.replace(/^\d|[^A-Za-z0-9]/g, (char) => `_${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
	return `/org/freedesktop/systemd1/unit/${escaped}`;
}

/** systemd forgot the unit, perhaps between two of our calls. */
function isMissing(error: unknown): boolean {
	return error instanceof SystemBusError && error.code === 'unit-missing';
}

function valueOf(properties: unknown, name: string): unknown {
	const variant: unknown =
		typeof properties === 'object' && properties !== null ? Reflect.get(properties, name) : undefined;
	return typeof variant === 'object' && variant !== null && 'value' in variant ? variant.value : undefined;
}

function unexpected(what: string): SystemBusError {
	return new SystemBusError('bus-refused', `unexpected answer of systemd for ${what}`);
}
