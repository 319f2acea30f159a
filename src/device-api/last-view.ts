import type { DeviceStatus } from '../domain/status.ts';
import type { Scope } from '../ports/stores.ts';
import type { Access } from './access.ts';

/**
 * A view of the status as text, built once for each status and key: clients ask every second, and the status changes
 * only with a pass of the loop.
 */
export class LastView {
	readonly #view: (status: DeviceStatus | undefined, access: Access) => object;
	#status: DeviceStatus | undefined;
	#texts = new WeakMap<readonly Scope[], string>();

	constructor(view: (status: DeviceStatus | undefined, access: Access) => object) {
		this.#view = view;
	}

	textFor(status: DeviceStatus | undefined, access: Access): string {
		if (status !== this.#status) {
			this.#status = status;
			this.#texts = new WeakMap();
		}
		const known = this.#texts.get(access.scopes);
		if (known !== undefined) {
			return known;
		}
		const text = JSON.stringify(this.#view(status, access));
		this.#texts.set(access.scopes, text);
		return text;
	}
}
