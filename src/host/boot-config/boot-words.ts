/** The words of a kernel command line: `ro isolcpus=0,4`. */
export function splitWords(text: string): readonly string[] {
	return text.split(/\s+/).filter((word) => word !== '');
}

function wordName(word: string): string {
	return word.split('=', 1)[0] ?? '';
}

/** Empty for a bare name, `undefined` without such a word; the first one counts. */
export function valueOfWord(words: readonly string[], name: string): string | undefined {
	return words.find((word) => wordName(word) === name)?.slice(name.length + 1);
}

/** What is no value of one word: with a blank or `=` in it a value could set any other word. */
export function refuseWord(name: string, value: string | undefined): string | undefined {
	return value !== undefined && /[=\s]/.test(value)
		? `One of the values being set contains an invalid character: [ value: ${value}, key: ${name} ]`
		: undefined;
}

/**
 * The command line with this word at its first place, or at the end; without `value`, without the word. Other words stay
 * with the blanks between them. `undefined`: there is nothing left.
 */
export function withWord(commandLine: string, name: string, value: string | undefined): string | undefined {
	if (valueOfWord(splitWords(commandLine), name) === value) {
		return commandLine.trim() === '' ? undefined : commandLine;
	}
	// Words and blanks in turns.
	const parts = ['', ...commandLine.split(/(\s+)/)];
	const pieces = parts
		.map((blanks, n) => ({ blanks, word: parts[n + 1] ?? '' }))
		.filter(({ word }, n) => n % 2 === 0 && word !== '');
	const first = pieces.find(({ word }) => wordName(word) === name);
	const kept = pieces.filter((piece) => wordName(piece.word) !== name || (piece === first && value !== undefined));
	const written = value === '' ? name : `${name}=${value ?? ''}`;
	const texts = kept.map((piece) => piece.blanks + (piece === first ? written : piece.word));
	const added = first === undefined && value !== undefined ? [`${texts.length === 0 ? '' : ' '}${written}`] : [];
	const text = [...texts, ...added].join('');
	return text.trim() === '' ? undefined : text.trimStart();
}
