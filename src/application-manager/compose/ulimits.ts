import type { Ulimit } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { integerOf, textOfScalar } from './parse-scalar.ts';
import { noteOtherKeys, type Place } from './place.ts';

type Ulimits = Readonly<Record<string, Ulimit>>;

/** A missing part equals the other one: the engine would take zero, with which no container starts. */
export function parseUlimits(value: unknown, place: Place): Ulimits | undefined {
	if (!isPlainObject(value)) {
		return place.refuseValue('a map of limits', value);
	}
	const limits: Record<string, Ulimit> = {};
	for (const [name, limit] of Object.entries(value)) {
		const parts: PlainObject = isPlainObject(limit) ? limit : { soft: limit };
		noteOtherKeys(parts, place.key(name), ['soft', 'hard'], 'a limit has soft and hard');
		const soft = integerOf(parts['soft'] ?? parts['hard']);
		const hard = integerOf(parts['hard'] ?? parts['soft']);
		if (soft !== undefined && hard !== undefined) {
			limits[name] = { soft, hard };
		} else if (limit != null) {
			place.key(name).refuseValue('an integer or {soft, hard}', limit);
		}
	}
	return limits;
}

export function ulimitBodies(limits: Ulimits): readonly object[] {
	return Object.entries(limits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard }));
}

export function readUlimits(raw: unknown): Ulimits {
	const limits: Record<string, Ulimit> = {};
	for (const item of Array.isArray(raw) ? (raw as readonly unknown[]) : []) {
		const { Name, Soft, Hard } = isPlainObject(item) ? item : {};
		limits[textOfScalar(Name)] = { soft: integerOf(Soft) ?? 0, hard: integerOf(Hard) ?? 0 };
	}
	return limits;
}
