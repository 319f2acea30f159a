import { linkSignal } from '../../lib/link-signal.ts';
import { EngineError } from '../../ports/engine.ts';
import { toEngineError } from './engine-errors.ts';

interface Limits {
	/** For messages: "list networks". */
	readonly doing: string;
	readonly limitMs: number;
}

/**
 * One call to the engine, with a time limit. The client below does not notice an answer that stops after its head, and
 * then its abort has no effect, so the limit depends on neither.
 */
export async function within<T>(
	{ doing, limitMs }: Limits,
	call: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
	const link = linkSignal();
	const late = Symbol('late');
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise<typeof late>((resolve) => {
		if (limitMs !== Infinity) {
			timer = setTimeout(() => {
				link.abort();
				resolve(late);
			}, limitMs);
		}
	});
	const answer = call({ abortSignal: link.signal });
	answer.catch(() => undefined); // a late answer has no listener any more
	try {
		const first = await Promise.race([answer, limit]);
		if (first === late) {
			throw new EngineError('engine-unreachable', `the container engine did not answer in time to ${doing}`);
		}
		return first;
	} catch (error) {
		throw toEngineError(error, doing);
	} finally {
		clearTimeout(timer);
	}
}
