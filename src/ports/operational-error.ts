export type Retry = 'soon' | 'later' | 'never';

/**
 * Something outside failed: the engine, the cloud, the disk. Adapters translate what they catch into one of these, so
 * no caller looks at status codes or message texts. Everything else that is thrown is a bug and ends the process.
 */
export class OperationalError extends Error {
	readonly code: string;
	readonly retry: Retry;

	constructor(code: string, message: string, options: { readonly cause?: unknown; readonly retry?: Retry } = {}) {
		super(message, { cause: options.cause });
		this.name = new.target.name;
		this.code = code;
		this.retry = options.retry ?? 'soon';
	}
}

/** Not a failure: what is needed is still being made elsewhere. Try again after a pause. */
export class NotYetError extends OperationalError {}

/** An unmet expectation inside the program. */
export function assert(condition: boolean, message: string): asserts condition {
	if (!condition) {
		throw new Error(`assertion failed: ${message}`);
	}
}
