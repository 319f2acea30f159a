import {
	LOCAL_GREETING,
	localLine,
	suppressedMessage,
	type LocalLogLine,
	type LogMessage,
} from '../domain/log-message.ts';
import { WakeSignal } from '../lib/wake-signal.ts';

interface LocalListenersOptions {
	/** Wall time, ms. */
	readonly now: () => number;
	/** The first listener has come, or the last has left. */
	readonly changed: () => void;
}

/** The lines for one listener. Lines that it does not read in time are dropped and counted, and it gets the count. */
const LINES_MAX = 1000;

interface Listener {
	lines: LocalLogLine[];
	dropped: number;
	readonly wake: WakeSignal<'line'>;
}

/** Listeners on the device itself. Lines are not kept for later listeners. */
export class LocalListeners {
	readonly #options: LocalListenersOptions;
	readonly #listeners = new Set<Listener>();

	constructor(options: LocalListenersOptions) {
		this.#options = options;
	}

	get isEmpty(): boolean {
		return this.#listeners.size === 0;
	}

	/** A slow listener loses lines, so that the others do not have to wait. */
	write(message: LogMessage): void {
		for (const listener of this.#listeners) {
			if (listener.lines.length < LINES_MAX) {
				listener.lines.push(localLine(message));
			} else {
				listener.dropped += 1;
			}
			listener.wake.wake('line');
		}
	}

	/** Begins with a greeting; lasts until the signal aborts or the caller closes the connection. */
	async *listen(signal: AbortSignal): AsyncGenerator<LocalLogLine> {
		const listener: Listener = { lines: [LOCAL_GREETING], dropped: 0, wake: new WakeSignal() };
		this.#add(listener);
		try {
			while (!signal.aborted) {
				yield* this.#take(listener);
				await listener.wake.wait(signal);
				listener.wake.take();
			}
		} finally {
			this.#remove(listener);
		}
	}

	#take(listener: Listener): readonly LocalLogLine[] {
		const { lines, dropped } = listener;
		listener.lines = [];
		listener.dropped = 0;
		return dropped === 0 ? lines : [...lines, localLine(suppressedMessage(dropped, this.#options.now()))];
	}

	#add(listener: Listener): void {
		this.#listeners.add(listener);
		if (this.#listeners.size === 1) {
			this.#options.changed();
		}
	}

	#remove(listener: Listener): void {
		this.#listeners.delete(listener);
		if (this.isEmpty) {
			this.#options.changed();
		}
	}
}
