export type LogFields = Readonly<Record<string, unknown>>;

/** The process log: a constant sentence plus fields; one line per event. Keys and environment values are never logged. */
export interface Log {
	/** A person must look. */
	error(message: string, fields?: LogFields): void;
	/** We recovered, but something is off. */
	warn(message: string, fields?: LogFields): void;
	/** A change on the device. */
	info(message: string, fields?: LogFields): void;
	/** A decision. */
	debug(message: string, fields?: LogFields): void;
	child(component: string): Log;
}

/** A line for the user's dashboard (spec: planner 17): `isStdErr` when an error is attached. */
export interface SystemLog {
	write(message: string, options?: { readonly error?: boolean }): void;
}
