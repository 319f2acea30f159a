/**
 * The values that old clients send for yes, in any letter case (spec: device-api 1.5). Everything else is no, also if
 * missing.
 */
export function isTruthy(value: unknown): boolean {
	if (typeof value === 'string') {
		return ['1', 'true', 'on'].includes(value.toLowerCase());
	}
	return value === true || value === 1;
}

/** A whole number, also as text: `200`, `"200.00"`, `"-3"`; anything else, missing too, is `undefined`. */
export function parseInteger(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^-?\d+(?:\.0*)?$/.test(value) ? Number.parseInt(value, 10) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** A whole number other than zero. */
export function parseId(value: unknown): number | undefined {
	const id = parseInteger(value);
	return id === 0 ? undefined : id;
}

/** A text that is not empty; clients send `"null"` for none. */
export function parseText(value: unknown): string | undefined {
	return typeof value === 'string' && !['', 'null', 'undefined'].includes(value) ? value : undefined;
}

/** A field of a body of any type. */
export function fieldOf(body: unknown, name: string): unknown {
	return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
		? (body as Readonly<Record<string, unknown>>)[name]
		: undefined;
}
