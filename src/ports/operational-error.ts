/**
 * Something outside failed: the engine, the cloud, the disk. Adapters translate what they catch into one of these, so
 * no caller looks at status codes or message texts. Everything else that is thrown is a bug and ends the process.
 */
export class OperationalError extends Error {
	/** How it is treated: `domain/error-policy.ts`. */
	readonly code: string;

	constructor(code: string, message: string, options: { readonly cause?: unknown } = {}) {
		super(message, options);
		this.name = new.target.name;
		this.code = code;
	}
}

/** An unmet expectation inside the program. */
export function assert(condition: boolean, message: string): asserts condition {
	if (!condition) {
		throw new Error(`assertion failed: ${message}`);
	}
}
