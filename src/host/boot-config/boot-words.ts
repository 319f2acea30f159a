/** The words of a kernel command line: `ro isolcpus=0,4`. */
export function splitWords(text: string): readonly string[] {
	return text.split(/\s+/).filter((word) => word !== '');
}

export function wordName(word: string): string {
	return word.split('=', 1)[0] ?? '';
}

/** Empty for a bare name, `undefined` without such a word; the first one counts. */
export function valueOfWord(words: readonly string[], name: string): string | undefined {
	return words.find((word) => wordName(word) === name)?.slice(name.length + 1);
}

export function wordOf(name: string, value: string): string {
	return value === '' ? name : `${name}=${value}`;
}
