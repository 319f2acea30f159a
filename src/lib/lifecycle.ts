import { isAborted } from './is-aborted.ts';
import { linkSignal } from './link-signal.ts';
import { untilAborted } from './until-aborted.ts';

/** A part of the process that is started and stopped. */
export interface Component {
	readonly name: string;
	/** Called in list order; a failure stops what has already started. */
	start?(signal: AbortSignal): Promise<void>;
	/** Lasts until aborted; ending early is an error that stops the process. */
	run?(signal: AbortSignal): Promise<void>;
	/** Called in reverse order; must return before the deadline aborts. */
	stop?(deadline: AbortSignal): Promise<void>;
}

interface LifecycleOptions {
	/** How long all stops together may take, ms. */
	readonly stopMs: number;
	stopFailed(name: string, error: unknown): void;
}

/** Starts all, runs all, and stops all when the signal aborts or one of them ends. Rejects with the first error. */
export async function runComponents(
	components: readonly Component[],
	signal: AbortSignal,
	options: LifecycleOptions,
): Promise<void> {
	const started: Component[] = [];
	const link = linkSignal(signal);
	const runs: Promise<void>[] = [];
	// One signal for each component, so that its listeners do not add up on a process-long signal.
	const ends: AbortController[] = [];
	link.signal.addEventListener('abort', () => {
		for (const end of ends) {
			end.abort(link.signal.reason);
		}
	});
	let failure: { readonly error: unknown } | undefined;
	const fail = (error: unknown) => {
		failure ??= { error };
		link.abort();
	};
	try {
		for (const component of components) {
			if (link.signal.aborted) {
				break;
			}
			await component.start?.(link.signal);
			started.push(component);
			if (component.run !== undefined) {
				const end = new AbortController();
				ends.push(end);
				if (isAborted(link.signal)) {
					end.abort(link.signal.reason); // aborted during its start
				}
				runs.push(superviseRun(component, component.run.bind(component), end.signal, fail));
			}
		}
		await untilAborted(link.signal);
	} catch (error) {
		fail(error);
	} finally {
		link.abort();
		link.unlink();
	}
	await stopAll(started, runs, options);
	if (failure !== undefined) {
		throw failure.error;
	}
}

async function superviseRun(
	component: Component,
	run: (signal: AbortSignal) => Promise<void>,
	signal: AbortSignal,
	fail: (error: unknown) => void,
): Promise<void> {
	try {
		await run(signal);
		if (!signal.aborted) {
			fail(new Error(`component ${component.name} ended by itself`));
		}
	} catch (error) {
		if (!signal.aborted) {
			fail(error);
		}
	}
}

/** One deadline for all: stops in reverse order, then waits for the loops that still run. */
async function stopAll(
	started: readonly Component[],
	runs: readonly Promise<void>[],
	options: LifecycleOptions,
): Promise<void> {
	const deadline = new AbortController();
	const timer = setTimeout(() => {
		deadline.abort(new Error('the time to stop is over'));
	}, options.stopMs);
	for (const component of [...started].reverse()) {
		try {
			await component.stop?.(deadline.signal);
		} catch (error) {
			options.stopFailed(component.name, error); // the others must still be stopped
		}
	}
	await Promise.race([Promise.all(runs), untilAborted(deadline.signal)]);
	clearTimeout(timer);
}
