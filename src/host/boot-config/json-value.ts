/** `undefined` for what is not JSON. */
export function readJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined; // no JSON text means `undefined`, so the result is unambiguous
	}
}
