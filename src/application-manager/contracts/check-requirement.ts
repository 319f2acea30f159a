import satisfies from 'semver/functions/satisfies.js';
import validVersion from 'semver/functions/valid.js';
import validRange from 'semver/ranges/valid.js';
import type { UnmetRequirement } from '../../domain/target.ts';
import type { FactRequirement, Requirement, RequirementType } from './contract.ts';
import type { Fact } from './device-facts.ts';

export type Facts = Readonly<Record<RequirementType, Fact | undefined>>;

/** Far more than any range needs; the time to read one grows faster than its length. */
const RANGE_LENGTH_MAX = 1000;
const SHOWN_LENGTH_MAX = 100;

export function holds(requirement: Requirement, facts: Facts): boolean {
	if ('or' in requirement) {
		return requirement.or.length === 0 || requirement.or.some((one) => holdsFact(one, facts));
	}
	return holdsFact(requirement, facts);
}

function holdsFact({ type, slug, version, data }: FactRequirement, facts: Facts): boolean {
	const fact = facts[type];
	// Facts have no further properties, so a requirement with such properties cannot be met.
	return (
		fact !== undefined &&
		data === undefined &&
		(isBlank(slug) || slug === fact.slug) &&
		(isBlank(version) || (fact.version !== undefined && isInRange(fact.version, version)))
	);
}

/** Not all systems use semantic versions: `22.04.1` has to match exactly. */
function isInRange(version: string, range: string): boolean {
	if (range.length > RANGE_LENGTH_MAX) {
		return false;
	}
	return validVersion(version) !== null && validRange(range) !== null ? satisfies(version, range) : version === range;
}

function isBlank(text: string | undefined): text is undefined | '' {
	return text === undefined || text === '';
}

export function describeUnmet(requirement: Requirement, facts: Facts): Omit<UnmetRequirement, 'serviceName'> {
	if (!('or' in requirement)) {
		const { type } = requirement;
		const wanted = describeWanted(requirement);
		const has = describeFact(facts[type]);
		return { requirement: type, wanted, has, reason: `requires ${name(type, wanted)}, this device has ${has}` };
	}
	const types = [...new Set(requirement.or.map(({ type }) => type))];
	const wanted = shorten(requirement.or.map((one) => name(one.type, describeWanted(one))).join(' or '));
	const has = types.map((type) => `${type} ${describeFact(facts[type])}`).join(', ');
	return { requirement: types.join(' or '), wanted, has, reason: `requires ${wanted}, this device has ${has}` };
}

function name(type: string, wanted: string): string {
	return `${type} ${wanted}`.trimEnd();
}

function describeWanted({ slug, version, data }: FactRequirement): string {
	const parts = [slug ?? '', version ?? '', data === undefined ? '' : 'with data'];
	return shorten(parts.filter((part) => part !== '').join(' '));
}

function describeFact(fact: Fact | undefined): string {
	return fact === undefined ? 'none' : [fact.slug, fact.version].filter((part) => part !== undefined).join(' ');
}

function shorten(text: string): string {
	return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
