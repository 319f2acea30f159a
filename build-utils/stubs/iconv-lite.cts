/**
 * The part of iconv-lite that raw-body and body-parser use, for the character sets that Node decodes itself. UTF-16 and
 * UTF-32, which the JSON parser of body-parser lets through, are refused with status 415, as any unknown one is.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- CommonJS, as the package it stands for
import decoders = require('node:string_decoder');

const ENCODINGS: Readonly<Record<string, BufferEncoding>> = {
	utf8: 'utf8',
	ascii: 'ascii',
	usascii: 'ascii',
	iso88591: 'latin1',
	latin1: 'latin1',
};
const BYTE_ORDER_MARK = /^\uFEFF/;

function findEncoding(name: string): BufferEncoding | undefined {
	return ENCODINGS[name.toLowerCase().replace(/[^0-9a-z]/g, '')];
}

function requireEncoding(name: string): BufferEncoding {
	const encoding = findEncoding(name);
	// This text is what raw-body looks for when it turns the error into status 415.
	if (encoding === undefined) throw new Error(`Encoding not recognized: '${name}' (searched as: '${name}')`);
	return encoding;
}

export = {
	encodingExists: (name: string): boolean => findEncoding(name) !== undefined,

	decode: (bytes: Buffer | string, name: string): string =>
		(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
			.toString(requireEncoding(name))
			.replace(BYTE_ORDER_MARK, ''),

	getDecoder(name: string) {
		const decoder = new decoders.StringDecoder(requireEncoding(name));
		let isFirst = true;
		const strip = (text: string) => {
			if (!isFirst || text === '') return text;
			isFirst = false;
			return text.replace(BYTE_ORDER_MARK, '');
		};
		return { write: (bytes: Buffer) => strip(decoder.write(bytes)), end: () => strip(decoder.end()) };
	},
};
