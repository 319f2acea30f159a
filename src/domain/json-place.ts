import type { Issue } from './issue.ts';

const ISSUES_MAX = 100;
const SHOWN_LENGTH_MAX = 60;

/** The issues of one input, up to a limit: a hostile target must not fill the log. */
export class IssueList {
	readonly #issues: Issue[] = [];
	readonly #max: number;
	#left = 0;

	constructor(max: number = ISSUES_MAX) {
		this.#max = max;
	}

	add(path: string, message: string): void {
		if (this.#issues.length < this.#max) {
			this.#issues.push({ path, message });
		} else {
			this.#left += 1;
		}
	}

	get isEmpty(): boolean {
		return this.#issues.length === 0;
	}

	list(): readonly Issue[] {
		return this.#left === 0
			? this.#issues
			: [...this.#issues, { path: '', message: `and ${this.#left} more problems` }];
	}
}

/** The path of a value in the input: `apps.<uuid>.releases`. */
export class JsonPlace {
	readonly path: string;
	readonly #issues: IssueList;

	constructor(path: string, issues: IssueList) {
		this.path = path;
		this.#issues = issues;
	}

	key(name: string): JsonPlace {
		const shown = shorten(name);
		return new JsonPlace(this.path === '' ? shown : `${this.path}.${shown}`, this.#issues);
	}

	item(index: number): JsonPlace {
		return new JsonPlace(`${this.path}[${index}]`, this.#issues);
	}

	refuse(expected: string, actual: unknown): void {
		this.refuseWith(`expected ${expected}, got ${describe(actual)}`);
	}

	/** With a sentence of its own, where one is fixed. */
	refuseWith(message: string): void {
		this.#issues.add(this.path, message);
	}
}

/** One short line. The content of objects is not shown: it may be long, and it may be secret. */
function describe(value: unknown): string {
	switch (typeof value) {
		case 'undefined':
			return 'nothing';
		case 'string':
			return JSON.stringify(shorten(value));
		case 'object':
			if (value === null) {
				return 'null';
			}
			return Array.isArray(value) ? 'a list' : 'an object';
		default:
			return shorten(String(value));
	}
}

export function shorten(text: string): string {
	return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
