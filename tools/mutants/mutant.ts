/** A deliberate fault in a copy of the tree. Some test must catch it. */
export interface Mutant {
	/** What it breaks, as a sentence about the device. */
	readonly breaks: string;
	readonly file: string;
	readonly edits: readonly Edit[];
}

interface Edit {
	/** Stands exactly once in the file. */
	readonly find: string;
	readonly put: string;
}

export function mutant(
	breaks: string,
	file: string,
	...edits: readonly (readonly [find: string, put: string])[]
): Mutant {
	return { breaks, file, edits: edits.map(([find, put]) => ({ find, put })) };
}

/** Undefined if the code has changed and the mutant must be rewritten. */
export function mutate(text: string, { edits }: Mutant): string | undefined {
	let mutated = text;
	for (const { find, put } of edits) {
		if (mutated.split(find).length !== 2) {
			return undefined;
		}
		mutated = mutated.replace(find, () => put);
	}
	return mutated;
}
