import { IssueList, JsonPlace } from '../../domain/json-place.ts';
import { EngineError } from '../../ports/engine.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';

/**
 * Readers for parts of the engine's answers. Engines of other makers leave members out, or answer null: a member with a
 * neutral value gets that value, and without any other the object counts as unreadable.
 */

/** For what no value can stand in for: notes the path. */
export class Missing {
	readonly #issues = new IssueList();
	readonly place = new JsonPlace('', this.#issues);

	/** `undefined`: nothing is missing. Of a missing part, its members are not named too. */
	describe(): string | undefined {
		const all = this.#issues.list();
		const issues = all
			.filter(({ path }) => !all.some((part) => path.startsWith(`${part.path}.`)))
			.map(({ path, message }) => `${path}: ${message}`);
		return issues.length === 0 ? undefined : `the answer of the container engine is incomplete: ${issues.join('; ')}`;
	}
}

export function textOr(value: unknown, otherwise: string): string {
	return typeof value === 'string' && value !== '' ? value : otherwise;
}

export function needText(value: unknown, place: JsonPlace): string {
	const text = textOr(value, '');
	if (text === '') {
		place.refuse('a text', value);
	}
	return text;
}

/** A map that is never empty. */
export function needMap(value: unknown, place: JsonPlace): PlainObject {
	if (isPlainObject(value) && Object.keys(value).length > 0) {
		return value;
	}
	place.refuse('an object with members', value);
	return {};
}

/** `undefined`: not a map. Members that are no text are left out. */
export function readTextMap(value: unknown): Readonly<Record<string, string>> | undefined {
	return isPlainObject(value)
		? Object.fromEntries(
				Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
			)
		: undefined;
}

/** `null`: not a list. */
export function readTexts(value: unknown): readonly string[] | null {
	return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : null;
}

/** `doing`: for the message, "list networks". */
export function requireList(value: unknown, doing: string): readonly unknown[] {
	if (!Array.isArray(value)) {
		throw new EngineError('engine-failed', `the container engine returned no list when asked to ${doing}`);
	}
	return value;
}

export function requireId(id: unknown, doing: string): string {
	if (typeof id !== 'string' || id === '') {
		throw new EngineError('engine-failed', `the container engine returned no Id when asked to ${doing}`);
	}
	return id;
}
