/** `mem_limit`, `mem-limit` and `memLimit` are the same key. */
export function camelCase(key: string): string {
	const [first = '', ...rest] = key.split(/[-_\s]+/).filter((word) => word !== '');
	const tail = rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
	return first.charAt(0).toLowerCase() + first.slice(1) + tail.join('');
}
