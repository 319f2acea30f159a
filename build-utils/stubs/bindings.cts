/**
 * Both ways to install sqlite3, compiling it and fetching a binary, leave the binary here. A path known beforehand also
 * makes the program independent of the packages that sqlite3 needs for the search.
 */
function loadBinary(): unknown {
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- CommonJS, as the package it stands for
	return require('sqlite3/build/Release/node_sqlite3.node') as unknown;
}

export = loadBinary;
