import type { Decoded, Issue } from '../../domain/issue.ts';
import {
	REQUIREMENT_TYPES,
	type Contract,
	type FactRequirement,
	type Requirement,
	type RequirementType,
} from './contract.ts';

const TYPE_DEFAULT = 'sw.container';
const ISSUES_MAX = 20;
const SHOWN_LENGTH_MAX = 60;

/** Collects what is wrong, up to so many: a hostile contract must not fill the log. */
type Refuse = (path: string, message: string) => undefined;
type JsonObject = Readonly<Record<string, unknown>>;

/** A service's contract as the cloud sent it. Never throws; paths are those inside the contract. */
export function parseContract(input: unknown): Decoded<Contract> {
	const issues: Issue[] = [];
	const refuse: Refuse = (path, message) => {
		if (issues.length < ISSUES_MAX) {
			issues.push({ path, message });
		}
		return undefined;
	};
	const contract = readContract(input, refuse);
	return issues.length === 0 && contract !== undefined ? { ok: true, value: contract } : { ok: false, issues };
}

function readContract(input: unknown, refuse: Refuse): Contract | undefined {
	if (!isMap(input)) {
		return refuse('', `expected an object, got ${describe(input)}`);
	}
	const slug = readText(input['slug'], 'slug', refuse);
	const requires = input['requires'] ?? [];
	return {
		type: readText(input['type'], 'type', refuse) ?? TYPE_DEFAULT,
		...(slug !== undefined && { slug }),
		requires: readList(requires, 'requires', refuse, readRequirement),
	};
}

function readRequirement(input: unknown, path: string, refuse: Refuse): Requirement | undefined {
	const isAny = isMap(input) && input['type'] === undefined && input['or'] !== undefined;
	return isAny ? { or: readList(input['or'], `${path}.or`, refuse, readFact) } : readFact(input, path, refuse);
}

function readFact(input: unknown, path: string, refuse: Refuse): FactRequirement | undefined {
	if (!isMap(input)) {
		return refuse(path, `expected a requirement, got ${describe(input)}`);
	}
	const type = readType(input['type'], `${path}.type`, refuse);
	const slug = readText(input['slug'], `${path}.slug`, refuse);
	const version = readText(input['version'], `${path}.version`, refuse);
	const data = readData(input['data'], `${path}.data`, refuse);
	return (
		type && {
			type,
			...(slug !== undefined && { slug }),
			...(version !== undefined && { version }),
			...(data !== undefined && { data }),
		}
	);
}

function readType(input: unknown, path: string, refuse: Refuse): RequirementType | undefined {
	if (typeof input !== 'string') {
		return refuse(path, `expected the type of a requirement, got ${describe(input)}`);
	}
	const type = REQUIREMENT_TYPES.find((known) => known === input);
	return type ?? refuse(path, `${shorten(input)} is not a valid contract requirement type`);
}

/** `null` is as good as nothing. */
function readText(input: unknown, path: string, refuse: Refuse): string | undefined {
	if (input === undefined || input === null) {
		return undefined;
	}
	return typeof input === 'string' ? input : refuse(path, `expected a string, got ${describe(input)}`);
}

function readData(input: unknown, path: string, refuse: Refuse): object | undefined {
	if (input === undefined) {
		return undefined;
	}
	return typeof input === 'object' && input !== null
		? input
		: refuse(path, `expected an object, got ${describe(input)}`);
}

function readList<T>(
	input: unknown,
	path: string,
	refuse: Refuse,
	read: (item: unknown, path: string, refuse: Refuse) => T | undefined,
): readonly T[] {
	if (!Array.isArray(input)) {
		refuse(path, `expected a list of requirements, got ${describe(input)}`);
		return [];
	}
	return input.flatMap((item: unknown, index) => read(item, `${path}[${index}]`, refuse) ?? []);
}

function isMap(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
	switch (typeof value) {
		case 'undefined':
			return 'nothing';
		case 'string':
			return JSON.stringify(shorten(value));
		case 'object':
			return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
		default:
			return shorten(String(value));
	}
}

function shorten(text: string): string {
	return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
