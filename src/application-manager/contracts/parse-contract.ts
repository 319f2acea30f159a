import type { Decoded } from '../../domain/issue.ts';
import { IssueList, JsonPlace, shorten } from '../../domain/json-place.ts';
import { readList, readObjectOrList, readOptional, readOr, readString, type Reader } from '../../domain/read-json.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import {
	REQUIREMENT_TYPES,
	type Contract,
	type FactRequirement,
	type Requirement,
	type RequirementType,
} from './contract.ts';

const TYPE_DEFAULT = 'sw.container';
const ISSUES_MAX = 20;

const readText = readOr<string | undefined>(undefined, readString);
const readData = readOptional(readObjectOrList);

/** The contract of a service as the cloud sent it. Never throws; paths are relative to the contract. */
export function parseContract(input: unknown): Decoded<Contract> {
	const issues = new IssueList(ISSUES_MAX);
	const contract = readContract(input, new JsonPlace('', issues));
	return issues.isEmpty && contract !== undefined
		? { ok: true, value: contract }
		: { ok: false, issues: issues.list() };
}

const readContract: Reader<Contract | undefined> = (input, at) => {
	if (!isPlainObject(input)) {
		at.refuse('an object', input);
		return undefined;
	}
	const slug = readText(input['slug'], at.key('slug'));
	return {
		type: readText(input['type'], at.key('type')) ?? TYPE_DEFAULT,
		...(slug !== undefined && { slug }),
		requires: readOr([], readRequirements)(input['requires'], at.key('requires')),
	};
};

const readRequirement: Reader<Requirement | undefined> = (input, at) => {
	const isAny = isPlainObject(input) && input['type'] === undefined && input['or'] !== undefined;
	return isAny ? { or: readFacts(input['or'], at.key('or')) } : readFact(input, at);
};

const readFact: Reader<FactRequirement | undefined> = (input, at) => {
	if (!isPlainObject(input)) {
		at.refuse('a requirement', input);
		return undefined;
	}
	const type = readType(input['type'], at.key('type'));
	const slug = readText(input['slug'], at.key('slug'));
	const version = readText(input['version'], at.key('version'));
	const data = readData(input['data'], at.key('data'));
	return (
		type && {
			type,
			...(slug !== undefined && { slug }),
			...(version !== undefined && { version }),
			...(data !== undefined && { data }),
		}
	);
};

const readRequirements = readList('requirements', readRequirement);
const readFacts = readList('requirements', readFact);

const readType: Reader<RequirementType | undefined> = (input, at) => {
	const type = REQUIREMENT_TYPES.find((known) => known === input);
	if (typeof input !== 'string') {
		at.refuse('the type of a requirement', input);
	} else if (type === undefined) {
		at.refuseWith(`${shorten(input)} is not a valid contract requirement type`);
	}
	return type;
};
