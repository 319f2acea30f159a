import { SystemBusError } from '../../ports/system-units.ts';
import type { BusCall } from './bus-call.ts';
import { BusConnection } from './bus-connection.ts';

/** More than starting a service takes on a slow device, less than a caller wants to wait. */
const LIMIT_MS = 10_000;

interface SystemBusOptions {
	readonly address: string;
	/** Each for connecting and for the answer to a call. */
	readonly limitMs?: number;
}

/** Without an address in the environment, the host's own socket below the host's root. */
export function systemBusAddress(environment: { readonly rootPath: string; readonly dbusAddress?: string }): string {
	return environment.dbusAddress ?? `unix:path=${environment.rootPath}/run/dbus/system_bus_socket`;
}

/**
 * The host's system bus. Connects when first used, and again when the bus was away; a call that was on its way then fails,
 * since it is unknown whether it arrived. Nothing is kept of answers.
 */
export class SystemBus {
	readonly #address: string;
	readonly #limitMs: number;
	#connection: Promise<BusConnection> | undefined;

	constructor({ address, limitMs = LIMIT_MS }: SystemBusOptions) {
		this.#address = address;
		this.#limitMs = limitMs;
	}

	/** What the answer holds. Rejects with `SystemBusError`. */
	async call(call: BusCall): Promise<readonly unknown[]> {
		return await (await this.#connect()).call(call, this.#limitMs);
	}

	/** What is on its way fails. The next call would connect again. */
	async close(): Promise<void> {
		const last = this.#connection;
		this.#connection = undefined;
		try {
			(await last)?.close();
		} catch (error) {
			if (!(error instanceof SystemBusError)) {
				throw error; // one that was never there needs no closing
			}
		}
	}

	/** One attempt for all who ask meanwhile. */
	async #connect(): Promise<BusConnection> {
		const last = this.#connection;
		const known = await last?.catch(() => undefined); // who began it is told
		if (known?.isUsable === true) {
			return known;
		}
		if (this.#connection === last) {
			known?.retire();
			this.#connection = undefined;
		}
		this.#connection ??= BusConnection.open(this.#address, this.#limitMs);
		return await this.#connection;
	}
}
