import { EngineError, type Engine, type EngineErrorCode } from '../../src/ports/engine.ts';

/** An engine under test, with one image that it can fetch and whose command runs until it is stopped. */
export interface EngineUnderTest {
	readonly engine: Engine;
	/** `registry/repo@sha256:…`, not fetched yet. */
	readonly reference: string;
	/** The same image where a token is asked for, in form of what `registrytoken` takes. */
	readonly guarded: { readonly reference: string; readonly token: string };
	/** Lets time pass until the condition holds. */
	eventually(condition: () => Promise<boolean> | boolean): Promise<void>;
	/** Advances time for a call that waits. */
	run<T>(call: Promise<T>): Promise<T>;
	/** Pauses a container outside the supervisor. */
	pause(containerId: string): Promise<void>;
	dispose(): Promise<void>;
}

/** What a call rejects with; a call that does not is an error of the test. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
	try {
		await call;
	} catch (error) {
		return error;
	}
	throw new Error('expected a failure');
}

export async function codeOf(call: Promise<unknown>): Promise<EngineErrorCode | undefined> {
	const error = await failure(call);
	return error instanceof EngineError ? error.code : undefined;
}
