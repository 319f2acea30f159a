import { EngineError, type EngineErrorCode } from '../../ports/engine.ts';

/** The rejection of dockerode when the engine has answered with an error. */
interface StatusError {
	readonly statusCode: number;
	readonly reason?: string;
	readonly json?: { readonly message?: string };
	readonly message: string;
}

const CODES: Readonly<Record<number, EngineErrorCode>> = {
	400: 'engine-bad-request',
	401: 'engine-unauthorized',
	403: 'engine-unauthorized',
	404: 'engine-not-found',
	409: 'engine-conflict',
};

export function isStatus(error: unknown, ...statuses: readonly number[]): error is StatusError {
	return (
		error instanceof Error &&
		'statusCode' in error &&
		typeof error.statusCode === 'number' &&
		statuses.includes(error.statusCode)
	);
}

interface Remains {
	readonly message: string;
	readonly status: number;
	/** The network and the name of an endpoint that was left behind. */
	readonly network?: string;
	readonly endpoint?: string;
}

/** A start was refused because something from an earlier run of the container already exists. */
export function findRemains(error: unknown): Remains | undefined {
	if (!isStatus(error, 409, 500)) {
		return undefined;
	}
	const message = error.json?.message ?? error.message;
	const status = error.statusCode;
	const left = /endpoint with name (\S+) already exists in network (\S+)/.exec(message);
	if (left?.[1] !== undefined && left[2] !== undefined) {
		return { message, status, endpoint: left[1], network: left[2] };
	}
	return /\balready exists\b|\b(id|file) exists\b|\bmarked for removal\b/i.test(message)
		? { message, status }
		: undefined;
}

/** For removals. */
export async function ignoreMissing(call: Promise<unknown>): Promise<void> {
	try {
		await call;
	} catch (error) {
		if (!isStatus(error, 404)) {
			throw error; // not found: the purpose of the call is fulfilled
		}
	}
}

/** Any other error than an answer or a broken connection is a bug and stays as it is. */
export function toEngineError(error: unknown, doing: string): unknown {
	if (!(error instanceof Error)) {
		return error;
	}
	if ('statusCode' in error && typeof error.statusCode === 'number') {
		return fromStatus(error as Error & StatusError, doing); // checked on the line above
	}
	const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
	if ('syscall' in error || BROKEN.includes(code) || error.message === 'socket hang up') {
		return new EngineError(
			'engine-unreachable',
			`cannot reach the container engine to ${doing}: ${code || error.message}`,
			{ cause: error },
		);
	}
	return error;
}

/** Codes of broken connections; errors of the system itself name the call. */
const BROKEN: readonly string[] = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_CONSTANT'];

function fromStatus(error: StatusError, doing: string): EngineError {
	const message = error.json?.message ?? error.message;
	return new EngineError(CODES[error.statusCode] ?? 'engine-failed', `cannot ${doing}: ${message}`, {
		cause: error,
		status: error.statusCode,
	});
}
