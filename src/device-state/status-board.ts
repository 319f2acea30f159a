import type { DeviceStatus } from '../domain/status.ts';

/** The last published status, and the listeners for the next. */
export class StatusBoard {
	#latest: DeviceStatus | undefined;
	readonly #listeners = new Set<(status: DeviceStatus) => void>();

	publish(status: DeviceStatus): void {
		this.#latest = status;
		for (const listener of this.#listeners) {
			listener(status);
		}
	}

	latest(): DeviceStatus | undefined {
		return this.#latest;
	}

	/** Returns the way to stop listening. */
	onChange(listener: (status: DeviceStatus) => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}
}
