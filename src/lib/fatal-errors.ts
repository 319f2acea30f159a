import { untilAborted } from './until-aborted.ts';

/** Unexpected errors outside an awaited call: they end the process, the engine restarts it, and the loop recovers. */
export class FatalErrors {
	readonly name = 'fatal-errors';
	#reject: ((error: unknown) => void) | undefined;
	#raised: { readonly error: unknown } | undefined;

	raise(error: unknown): void {
		this.#raised ??= { error };
		this.#reject?.(error);
	}

	async run(signal: AbortSignal): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.#reject = reject;
			if (this.#raised !== undefined) {
				throw this.#raised.error;
			}
			void untilAborted(signal).then(resolve);
		});
	}
}
