/** Coalesces wakes: reasons are collected until the waiter takes them. */
export class WakeSignal<R extends string> {
	#reasons = new Set<R>();
	#waiter: (() => void) | undefined;

	wake(reason: R): void {
		this.#reasons.add(reason);
		this.#waiter?.();
	}

	/** The reasons since the last call. */
	take(): readonly R[] {
		const reasons = [...this.#reasons];
		this.#reasons.clear();
		return reasons;
	}

	/** Resolves at the next wake (at once if one is pending) or when the signal aborts. One waiter at a time. */
	async wait(signal: AbortSignal): Promise<void> {
		if (this.#reasons.size > 0 || signal.aborted) {
			return;
		}
		await new Promise<void>((resolve) => {
			const done = () => {
				this.#waiter = undefined;
				signal.removeEventListener('abort', done);
				resolve();
			};
			this.#waiter = done;
			signal.addEventListener('abort', done, { once: true });
		});
	}
}
