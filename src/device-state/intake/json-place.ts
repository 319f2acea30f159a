import type { Issue } from '../../domain/issue.ts';

const ISSUES_MAX = 100;
const SHOWN_LENGTH_MAX = 60;

/** The issues of one input, up to so many: a hostile target must not fill the log. */
export class IssueList {
	readonly #issues: Issue[] = [];
	#left = 0;

	add(path: string, message: string): void {
		if (this.#issues.length < ISSUES_MAX) {
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

/** Where in the input a value stands: `apps.<uuid>.releases`. */
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

	refuse(expected: string, came: unknown): void {
		this.#issues.add(this.path, `expected ${expected}, got ${describe(came)}`);
	}
}

/** One short line. The inside of objects is not shown: it may be long, and it may be secret. */
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

function shorten(text: string): string {
	return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
