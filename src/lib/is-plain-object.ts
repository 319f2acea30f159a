export type PlainObject = Readonly<Record<string, unknown>>;

/** A JSON object: neither a list nor `null`. */
export function isPlainObject(value: unknown): value is PlainObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
