import type { Socket } from 'node:net';
import type * as DBus from 'dbus-next';
import { SystemBusError } from '../../ports/system-units.ts';
import type { BusCall } from './bus-call.ts';
import { toBusError } from './bus-errors.ts';

/** Parts of the library's bus that it does not publish, and that this connection needs. */
interface BusInternals {
	readonly _connection: { readonly stream: Socket };
	readonly _methodReturnHandlers: Record<number, unknown>;
}

type Bus = DBus.MessageBus & BusInternals;

/** One connection. Ends once, and then fails every call that waits for it. */
export class BusConnection {
	readonly #bus: Bus;
	readonly #library: typeof DBus;
	readonly #waiting = new Set<(error: SystemBusError) => void>();
	#end: SystemBusError | undefined;
	#isRetired = false;

	private constructor(library: typeof DBus, bus: Bus) {
		this.#library = library;
		this.#bus = bus;
		bus.on('error', (cause: unknown) => {
			this.#fail(new SystemBusError('bus-unreachable', `no connection to the system bus: ${textOf(cause)}`, { cause }));
		});
		bus._connection.stream.once('close', () => {
			this.#fail(new SystemBusError('bus-unreachable', 'the system bus has closed the connection'));
		});
		bus.on('message', (message) => {
			this.#refuseEarlyError(message);
		});
	}

	/** Resolves when the bus has assigned a name to this connection. Closes it when `end` aborts. */
	static async open(address: string, limitMs: number, end: AbortSignal): Promise<BusConnection> {
		// imported only when needed: it costs megabytes, and many devices never need it
		const library = await import('dbus-next');
		const connection = new BusConnection(library, openBus(library, address));
		connection.#closeAt(end);
		await connection
			.#wait<undefined>({ limitMs, doing: 'accept the connection' }, (done) => {
				connection.#bus.once('connect', () => {
					done(undefined);
				});
			})
			.catch((error: unknown) => {
				connection.close();
				// No call was made yet.
				throw error instanceof SystemBusError
					? new SystemBusError('bus-unreachable', error.message, { cause: error })
					: error;
			});
		return connection;
	}

	get isUsable(): boolean {
		return this.#end === undefined && !this.#isRetired && this.#bus._connection.stream.writable;
	}

	async call(call: BusCall, limitMs: number): Promise<readonly unknown[]> {
		const { body = [], ...rest } = call;
		const message = new this.#library.Message({ ...rest, body: [...body] });
		return await this.#wait({ limitMs, doing: `answer ${call.member} of ${call.destination}` }, (done, failed) => {
			this.#bus.call(message).then(
				(reply) => {
					done(reply?.body ?? []);
				},
				(error: unknown) => {
					failed(error instanceof this.#library.DBusError ? toBusError(error, call) : error);
				},
			);
		});
	}

	/** Calls back for each signal that a match rule of this connection asked for, and once when the connection has ended. */
	onSignalOrEnd(listener: () => void): void {
		this.#bus.on('message', (message) => {
			if (message.type === this.#library.MessageType.SIGNAL) {
				listener();
			}
		});
		this.#bus._connection.stream.once('close', listener);
	}

	/** The library's type of a value whose type the bus needs with it. */
	variant(signature: string, value: unknown): unknown {
		return new this.#library.Variant(signature, value);
	}

	/** Accepts no more calls, and closes when the last one has its answer. */
	retire(): void {
		this.#isRetired = true;
		if (this.#waiting.size === 0) {
			this.close();
		}
	}

	close(): void {
		this.#fail(new SystemBusError('bus-unreachable', 'the connection to the system bus was closed'));
		this.#bus._connection.stream.destroy();
	}

	#closeAt(end: AbortSignal): void {
		const close = () => {
			this.close();
		};
		if (end.aborted) {
			close();
		}
		end.addEventListener('abort', close, { once: true });
		this.#bus._connection.stream.once('close', () => {
			end.removeEventListener('abort', close);
		});
	}

	#fail(error: SystemBusError): void {
		this.#end ??= error;
		for (const fail of [...this.#waiting]) {
			fail(error);
		}
	}

	/** The library drops the calls of a connection that has ended, so each call gets its own end here. */
	#wait<T>(
		{ limitMs, doing }: { readonly limitMs: number; readonly doing: string },
		begin: (done: (value: T) => void, failed: (error: unknown) => void) => void,
	): Promise<T> {
		return new Promise((resolve, reject) => {
			const settle = (answer: () => void) => {
				clearTimeout(timer);
				this.#waiting.delete(failed);
				answer();
				if (this.#isRetired) {
					this.retire();
				}
			};
			const failed = (error: unknown) => {
				settle(() => {
					reject(error instanceof Error ? error : new Error(String(error)));
				});
			};
			const timer = setTimeout(() => {
				// The library waits for the answer as long as the connection exists, so the connection ends after a time.
				this.#isRetired = true;
				failed(new SystemBusError('bus-no-answer', `the system bus did not ${doing} within ${limitMs} ms`));
			}, limitMs);
			this.#waiting.add(failed);
			if (this.#end !== undefined) {
				failed(this.#end);
				return;
			}
			begin((value) => {
				settle(() => {
					resolve(value);
				});
			}, failed);
		});
	}

	/**
	 * With too many connections the bus may refuse to assign a name. The library turns that into an unhandled rejection,
	 * which would end the process, so the library must not see it.
	 */
	#refuseEarlyError(message: DBus.Message): void {
		// The bus's own field, with the type that it has once set.
		const { name } = this.#bus as unknown as { readonly name: string | null };
		if (name !== null || message.type !== this.#library.MessageType.ERROR) {
			return;
		}
		Reflect.deleteProperty(this.#bus._methodReturnHandlers, message.replySerial);
		this.#fail(new SystemBusError('bus-unreachable', `the system bus refused the connection: ${message.errorName}`));
	}
}

function openBus(library: typeof DBus, address: string): Bus {
	if (address === '') {
		// Without an address the library would look for the bus of a desktop session.
		throw new SystemBusError('bus-unreachable', 'no address of a system bus');
	}
	try {
		// Of all authentication methods this is the one for the same machine, and the one that the library implements correctly.
		const bus = library.sessionBus({ busAddress: address, authMethods: ['EXTERNAL'] });
		return bus as Bus; // see BusInternals
	} catch (cause) {
		// The library only reads the address here, and has no error of its own for a bad one.
		const message = `not an address of a system bus: ${address} (${textOf(cause)})`;
		throw new SystemBusError('bus-unreachable', message, { cause });
	}
}

function textOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
