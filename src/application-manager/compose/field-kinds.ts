import type { PlainObject } from '../../lib/is-plain-object.ts';
import { decodeFlag, decodeNumber, decodeText, decodeTexts, simpleField, type FieldRow } from './field-row.ts';
import { parseTextOrList, parseTexts } from './parse-list.ts';
import { parseBytes, parseFlag, parseInteger, parseTextOrEmpty, parseTruth } from './parse-scalar.ts';

/** Kinds of fields that occur several times. */

export function textField(compose: string, engine: string, byDefault = ''): FieldRow<string> {
	return simpleField<string>({
		compose,
		accepts: 'text',
		parse: parseTextOrEmpty,
		engine,
		byDefault,
		decode: decodeText,
		whenAbsent: '',
	});
}

/** Without a value of the service, that of the image counts. */
export function imageTextField(compose: string, engine: string, byDefault = ''): FieldRow<string> {
	return {
		...textField(compose, engine),
		byDefault: (image: PlainObject) => decodeText(image[engine]) || byDefault,
	};
}

export function integerField(compose: string, engine: string): FieldRow<number> {
	return simpleField<number>({
		compose,
		accepts: 'integer',
		parse: parseInteger,
		engine,
		byDefault: 0,
		decode: decodeNumber,
		whenAbsent: 0,
	});
}

export function bytesField(compose: string, engine: string, byDefault = 0): FieldRow<number> {
	return { ...integerField(compose, engine), accepts: 'bytes', parse: parseBytes, byDefault: () => byDefault };
}

export function truthField(compose: string, engine: string, byDefault = false): FieldRow<boolean> {
	return simpleField<boolean>({
		compose,
		accepts: 'anything, taken as true or false',
		parse: parseTruth,
		engine,
		byDefault,
		decode: decodeFlag,
		whenAbsent: false,
	});
}

export function flagField(compose: string, engine: string): FieldRow<boolean> {
	return { ...truthField(compose, engine), accepts: 'true or false', parse: parseFlag };
}

export function listField(
	compose: string,
	engine: string,
	compare: 'equal' | 'unordered' = 'unordered',
): FieldRow<readonly string[]> {
	return simpleField<readonly string[]>({
		compose,
		accepts: 'list',
		parse: parseTexts,
		engine,
		byDefault: [],
		decode: decodeTexts,
		whenAbsent: [],
		compare,
	});
}

/** A single text is a list of one. */
export function textOrListField(
	compose: string,
	engine: string,
	compare: 'equal' | 'unordered',
): FieldRow<readonly string[]> {
	return { ...listField(compose, engine, compare), accepts: 'text or list', parse: parseTextOrList };
}
