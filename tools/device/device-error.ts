/** A failure the person at the keyboard can act on: what happened, and what to do about it. */
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
