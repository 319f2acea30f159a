/**
 * A controller that aborts with its parent and can be unlinked. Work must not listen to a process-long signal:
 * `AbortSignal.any` keeps every signal that was ever made from it alive as long as its source lives.
 */
export interface LinkedSignal {
	readonly signal: AbortSignal;
	abort(reason?: unknown): void;
	/** Removes the listener from the parent. Always call it, in `finally`. */
	unlink(): void;
}

export function linkSignal(...parents: readonly AbortSignal[]): LinkedSignal {
	const controller = new AbortController();
	const listeners = parents.map((parent) => {
		const listener = () => {
			controller.abort(parent.reason);
		};
		if (parent.aborted) {
			listener();
		} else {
			parent.addEventListener('abort', listener, { once: true });
		}
		return { parent, listener };
	});
	return {
		signal: controller.signal,
		abort: (reason) => {
			controller.abort(reason);
		},
		unlink: () => {
			for (const { parent, listener } of listeners) {
				parent.removeEventListener('abort', listener);
			}
		},
	};
}
