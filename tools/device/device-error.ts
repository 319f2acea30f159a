/** A failure that the user can fix: what happened, and what to do. */
export class DeviceError extends Error {
	override readonly name: string = 'DeviceError';
	/** What a program printed before it failed, for a person to read. */
	readonly details: string | undefined;
	constructor(
		readonly what: string,
		readonly remedy: string,
		options?: ErrorOptions & { readonly details?: string },
	) {
		super(`${what}. ${remedy}.`, options);
		this.details = options?.details;
	}
}

/** This machine, or this user, cannot have a private engine at all. */
export class UnsupportedError extends DeviceError {
	override readonly name = 'UnsupportedError';
}
