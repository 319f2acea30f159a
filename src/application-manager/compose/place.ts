import type { Issue } from '../../domain/issue.ts';
import type { Notice } from './context.ts';

/** The issues and notices of one service or app so far. */
export interface Findings {
	readonly issues: Issue[];
	readonly notices: Notice[];
}

export function noFindings(): Findings {
	return { issues: [], notices: [] };
}

/** For values whose notices were reported already. */
export function nowhere(): Place {
	return new Place('', noFindings());
}

/** The path of a value in the target, so that each issue and notice names it. */
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

	/** The value cannot be used, so the app cannot be used either. */
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

/** Adds a notice for each unknown key, except keys for other programs (`x-…`) (decision D25). */
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

/** The app still gets its own volume or network: with another name its earlier data would be unreachable. */
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

/** Why a key of the Compose Specification is ignored: all supported engines have API 1.41. */
export const NEWER_ENGINE = 'it needs a newer engine';

const SHOWN_LENGTH_MAX = 80;

/** JSON on one short line. */
export function describeValue(value: unknown): string {
	// Contrary to its type, JSON.stringify returns undefined for undefined, functions and symbols.
	const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
	return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
