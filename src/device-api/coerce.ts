/** What old clients send for yes, in any letter case (spec: device-api 1.5). Everything else, missing too, is no. */
export function isTruthy(value: unknown): boolean {
	if (typeof value === 'string') {
		return ['1', 'true', 'on'].includes(value.toLowerCase());
	}
	return value === true || value === 1;
}

/** A field of a body that may be anything. */
export function fieldOf(body: unknown, name: string): unknown {
	return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
		? (body as Readonly<Record<string, unknown>>)[name]
		: undefined;
}
