import type { DeviceStatus } from '../domain/status.ts';
import { Listeners } from '../lib/listeners.ts';

/** The last published status, and the listeners for the next. */
export class StatusBoard {
	#latest: DeviceStatus | undefined;
	readonly #listeners = new Listeners<[DeviceStatus]>();

	publish(status: DeviceStatus): void {
		this.#latest = status;
		this.#listeners.notify(status);
	}

	latest(): DeviceStatus | undefined {
		return this.#latest;
	}

	/** Returns a function that stops this. */
	onChange(listener: (status: DeviceStatus) => void): () => void {
		return this.#listeners.add(listener);
	}
}
