import { SystemBusError } from '../../ports/system-units.ts';
import type { BusCall } from './bus-call.ts';
import { BusConnection } from './bus-connection.ts';

/** Longer than a slow device takes to start a service, shorter than a caller waits. */
const LIMIT_MS = 10_000;
/** When the process ends: longer than a reboot that was requested waits before the system is asked. */
const GRACE_MS = 1100;

interface SystemBusOptions {
	readonly address: string;
	/** For connecting and for the answer to a call, each. */
	readonly limitMs?: number;
}

export interface OpenBus {
	readonly call: (call: BusCall) => Promise<readonly unknown[]>;
	readonly variant: BusConnection['variant'];
	readonly onSignalOrEnd: BusConnection['onSignalOrEnd'];
	readonly close: () => void;
}

/** Without an address in the environment, the host's own socket below the root of the host. */
export function systemBusAddress(environment: { readonly rootPath: string; readonly dbusAddress?: string }): string {
	return environment.dbusAddress ?? `unix:path=${environment.rootPath}/run/dbus/system_bus_socket`;
}

/**
 * The system bus of the host. Connects when first used, and again after the bus was away. A call in progress then
 * fails, because it is unknown whether it arrived. Answers are not cached.
 */
export class SystemBus {
	readonly #address: string;
	readonly #limitMs: number;
	readonly #ended = new AbortController();
	#connection: Promise<BusConnection> | undefined;
	#grace: NodeJS.Timeout | undefined;

	constructor({ address, limitMs = LIMIT_MS }: SystemBusOptions) {
		this.#address = address;
		this.#limitMs = limitMs;
	}

	/** The content of the answer. Rejects with `SystemBusError`. */
	async call(call: BusCall): Promise<readonly unknown[]> {
		this.#ended.signal.throwIfAborted();
		return await (await this.#connect()).call(call, this.#limitMs);
	}

	/** A connection for the caller alone, for signals: what it asked the bus for ends with it. The caller closes it. */
	async open(): Promise<OpenBus> {
		this.#ended.signal.throwIfAborted();
		const connection = await BusConnection.open(this.#address, this.#limitMs, this.#ended.signal);
		return {
			call: (call) => connection.call(call, this.#limitMs),
			variant: (signature, value) => connection.variant(signature, value),
			onSignalOrEnd: (listener) => {
				connection.onSignalOrEnd(listener);
			},
			close: () => {
				connection.close();
			},
		};
	}

	/** The process ends: calls get a moment for their answer, then they fail, and so does every later one. */
	endSoon(): void {
		this.#grace ??= setTimeout(() => {
			this.#ended.abort(
				new SystemBusError('bus-unreachable', 'the supervisor ends, and no longer waits for the system bus'),
			);
		}, GRACE_MS).unref();
	}

	/** Calls in progress fail. The next call would connect again. */
	async close(): Promise<void> {
		clearTimeout(this.#grace);
		const last = this.#connection;
		this.#connection = undefined;
		try {
			(await last)?.close();
		} catch (error) {
			if (!(error instanceof SystemBusError)) {
				throw error; // a connection that was never made needs no closing
			}
		}
	}

	/** One attempt for all callers that arrive meanwhile. */
	async #connect(): Promise<BusConnection> {
		const last = this.#connection;
		const known = await last?.catch(() => undefined); // the caller that started the connection gets its error
		if (known?.isUsable === true) {
			return known;
		}
		if (this.#connection === last) {
			known?.retire();
			this.#connection = undefined;
		}
		this.#connection ??= BusConnection.open(this.#address, this.#limitMs, this.#ended.signal);
		return await this.#connection;
	}
}
