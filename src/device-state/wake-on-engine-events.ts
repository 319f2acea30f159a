import type { Engine } from '../ports/engine.ts';
import type { WakeReason } from './reconciler.ts';

/** Whatever happens on the engine wakes the loop. What happened is not passed on: the loop looks for itself. */
export class WakeOnEngineEvents {
	readonly name = 'engine-events';
	readonly #engine: Pick<Engine, 'events'>;
	readonly #wake: (reason: WakeReason) => void;

	constructor(engine: Pick<Engine, 'events'>, wake: (reason: WakeReason) => void) {
		this.#engine = engine;
		this.#wake = wake;
	}

	async run(signal: AbortSignal): Promise<void> {
		const events = this.#engine.events(signal)[Symbol.asyncIterator]();
		while ((await events.next()).done !== true) {
			this.#wake('engine');
		}
	}
}
