/** A failure that the user can fix: what happened, and what to do. */
export class DeviceError extends Error {
	override readonly name: string = 'DeviceError';
	constructor(
		readonly what: string,
		readonly remedy: string,
		options?: ErrorOptions,
	) {
		super(`${what}. ${remedy}.`, options);
	}
}

/** This machine, or this user, cannot have a private engine at all. */
export class UnsupportedError extends DeviceError {
	override readonly name = 'UnsupportedError';
}
