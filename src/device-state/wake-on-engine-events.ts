import type { Engine, EngineEvent } from '../ports/engine.ts';
import type { WakeReason } from './reconciler.ts';

/** Whatever happens on the engine wakes the loop, which looks for itself: what happened is told to people only. */
export class WakeOnEngineEvents {
	readonly name = 'engine-events';
	readonly #engine: Pick<Engine, 'events'>;
	readonly #wake: (reason: WakeReason) => void;
	readonly #tell: (event: EngineEvent) => void;

	constructor(options: {
		readonly engine: Pick<Engine, 'events'>;
		readonly wake: (reason: WakeReason) => void;
		readonly tell: (event: EngineEvent) => void;
	}) {
		this.#engine = options.engine;
		this.#wake = options.wake;
		this.#tell = options.tell;
	}

	async run(signal: AbortSignal): Promise<void> {
		for await (const event of this.#engine.events(signal)) {
			this.#tell(event);
			this.#wake('engine');
		}
	}
}
