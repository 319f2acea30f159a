import { parseDocument } from 'yaml';
import type { Tags } from 'yaml';
import { ComposeFileError } from './compose-file-error.ts';

const INTEGER_TAG = 'tag:yaml.org,2002:int';
const INTEGER = /^[-+]?(?:0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)$/;
/** Values that JSON cannot hold stay text. */
const NOT_A_NUMBER = '.nan';

/**
 * Reads YAML as docker compose does: `<<` merges, `022` is octal (18), `0b` and `_` are understood, and `no`, `yes`,
 * `on` and `off` are texts. Integers beyond 2^53 become text, as JSON would lose their last digits.
 */
export function parseYaml(text: string): unknown {
	const document = parseDocument(text, { merge: true, customTags: chooseTags, logLevel: 'error' });
	const [problem] = [...document.errors, ...document.warnings];
	if (problem?.code === 'MULTIPLE_DOCS') {
		throw new ComposeFileError('It holds several YAML documents', 'Keep one');
	}
	if (problem !== undefined) throw describe(problem);
	try {
		return document.toJS() as unknown;
	} catch (cause) {
		throw describe(cause); // an alias or a merge that leads nowhere is found here
	}
}

function chooseTags(tags: Tags): Tags {
	const kept = tags.filter((tag) => typeof tag === 'string' || (tag.tag !== INTEGER_TAG && !takes(tag, NOT_A_NUMBER)));
	return [...kept, { tag: INTEGER_TAG, default: true, test: INTEGER, resolve: readInteger }];
}

function takes(tag: Exclude<Tags[number], string>, text: string): boolean {
	return 'test' in tag && tag.test instanceof RegExp && tag.test.test(text);
}

function readInteger(source: string): number | string {
	const plain = source.replaceAll('_', '');
	const digits = plain.replace(/^[-+]/, '').replace(/^0(?=[0-7]+$)/, '0o');
	const size = BigInt(digits);
	const value = plain.startsWith('-') ? -size : size;
	return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function describe(cause: unknown): ComposeFileError {
	const [reason = ''] = cause instanceof Error ? cause.message.split('\n') : [];
	return new ComposeFileError(`It is not YAML: ${reason.replace(/[:.]$/, '')}`, 'Correct the file', { cause });
}
