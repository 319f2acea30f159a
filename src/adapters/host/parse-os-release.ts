/** `KEY=value` lines, without the quotes around values (spec: host 12). */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
	return new Map(
		text.split('\n').flatMap((line) => {
			const at = line.indexOf('=');
			const value = line.slice(at + 1).trim();
			return at < 1 ? [] : [[line.slice(0, at).trim(), value.replace(/^"(.*)"$/, '$1')] as const];
		}),
	);
}
