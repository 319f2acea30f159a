import type { Issue } from '../../domain/issue.ts';
import type { Notice } from './context.ts';

/** What composing one service or app has found so far. */
export interface Findings {
	readonly issues: Issue[];
	readonly notices: Notice[];
}

export function noFindings(): Findings {
	return { issues: [], notices: [] };
}

/** For what has been told already. */
export function nowhere(): Place {
	return new Place('', noFindings());
}

/** Where in the target a value stands, so that everything said about it names its exact path. */
export class Place {
	constructor(
		readonly path: string,
		private readonly findings: Findings,
	) {}

	key(name: string): Place {
		return new Place(`${this.path}.${name}`, this.findings);
	}

	item(index: number): Place {
		return new Place(`${this.path}[${index}]`, this.findings);
	}

	/** The value cannot be used, and with it the app cannot. */
	refuse(message: string): undefined {
		this.findings.issues.push({ path: this.path, message });
		return undefined;
	}

	refuseValue(expected: string, actual: unknown): undefined {
		return this.refuse(`expected ${expected}, came ${describeValue(actual)}`);
	}

	/** The value is left out or replaced by the default. */
	note(message: string): undefined {
		this.findings.notices.push({ path: this.path, message });
		return undefined;
	}
}

/** Tells each key that is not known, those for other programs (`x-…`) left out (decision D25). */
export function noteOtherKeys(
	value: Readonly<Record<string, unknown>>,
	place: Place,
	known: readonly string[],
	reason: string,
): void {
	for (const key of Object.keys(value)) {
		if (!known.includes(key) && !key.startsWith('x-')) {
			place.key(key).note(`Ignoring ${key}: ${reason}`);
		}
	}
}

/** The app gets a volume or network of its own all the same: with another name the data of before would be out of reach. */
export function noteForeignName(
	{ name, external }: Readonly<Record<string, unknown>>,
	place: Place,
	kind: 'volume' | 'network',
): void {
	if (name != null) {
		place.key('name').note(`Ignoring name: the ${kind} is one of this app, called after its key`);
	}
	if (external != null && external !== false) {
		place.key('external').note(`Ignoring external: the app gets a ${kind} of its own`);
	}
}

/** Why something that the Compose Specification has is left out: every engine that we run on has API 1.41. */
export const NEWER_ENGINE = 'it needs a newer engine';

const SHOWN_LENGTH_MAX = 80;

/** JSON on one short line. */
export function describeValue(value: unknown): string {
	// JSON.stringify gives undefined for undefined, functions and symbols, whatever its type says.
	const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
	return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
