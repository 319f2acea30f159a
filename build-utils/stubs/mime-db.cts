/** The media types that the device API sends or accepts, and those that express asks for by name. */
export = {
	'application/json': { source: 'iana', charset: 'UTF-8', compressible: true, extensions: ['json', 'map'] },
	'application/octet-stream': { compressible: true, extensions: ['bin'] },
	'application/x-ndjson': { compressible: true },
	'application/x-www-form-urlencoded': { source: 'iana', compressible: true },
	'multipart/form-data': { source: 'iana', compressible: false },
	'text/event-stream': { compressible: true },
	'text/html': { source: 'iana', compressible: true, extensions: ['html', 'htm'] },
	'text/plain': { source: 'iana', compressible: true, extensions: ['txt', 'text', 'log'] },
};
