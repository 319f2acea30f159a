import type { NameType } from '../../domain/read-json.ts';

export const CONFIG_NAME: NameType = {
	what: 'a name of letters, digits, "_" and ":" that does not begin with a digit',
	pattern: /^[a-zA-Z_][a-zA-Z0-9_:]*$/,
};
export const VARIABLE_NAME: NameType = {
	what: 'a name of letters, digits and "_" that does not begin with a digit',
	pattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
};
export const LABEL_NAME: NameType = {
	what: 'a name of printable ASCII characters without blanks and quotes',
	pattern: /^[\x21\x23-\x26\x28-\x5F\x61-\x7E]+$/,
};
export const DOCKER_NAME: NameType = {
	what: 'a name of letters, digits, "_", "." and "-" that begins with a letter or digit',
	pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/,
};
/** Uuids and commits may have any form and length. */
export const ANY_NAME: NameType = { what: 'a name', pattern: /^/ };
