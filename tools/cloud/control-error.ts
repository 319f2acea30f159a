/** A refusal of the control API; its message is meant for the developer who called. */
export class ControlError extends Error {
	readonly status: 400 | 404 | 409;

	constructor(status: 400 | 404 | 409, message: string) {
		super(message);
		this.name = 'ControlError';
		this.status = status;
	}
}
