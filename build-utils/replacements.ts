/** A part of node_modules that the bundle omits. */
export interface Replacement {
	/** Our dependency that imports it. */
	readonly of: string;
	/** Packages, or folders and files of packages, as paths below node_modules. The first entry that matches wins. */
	readonly paths: readonly string[];
	/** A file of `stubs/`. Without one, using the omitted part throws an error with its name. */
	readonly stub?: string;
	/** Why the program does not need it. */
	readonly reason: string;
}

const DIALECTS = ['better-sqlite3', 'cockroachdb', 'mariadb', 'mssql', 'mysql', 'mysql2'];
const MORE_DIALECTS = ['oracle', 'oracledb', 'pgnative', 'postgres', 'redshift'];

/**
 * What the bundle omits, for memory, start-up time and size. If a bundled dependency no longer imports the path, the build
 * fails: the dependency has changed, and the entry must be reviewed.
 */
export const REPLACEMENTS: readonly Replacement[] = [
	{ of: 'dockerode', paths: ['ssh2'], reason: 'docker-modem: an engine behind SSH; ours is a socket' },
	{
		of: 'dockerode',
		paths: ['@grpc/grpc-js', '@grpc/proto-loader'],
		reason: 'dockerode: sessions of BuildKit; we build nothing',
	},
	{ of: 'dockerode', paths: ['protobufjs'], reason: 'dockerode: reads what BuildKit prints' },
	{ of: 'dockerode', paths: ['tar-fs', '@balena/dockerignore'], reason: 'dockerode: packs the folder of a build' },
	{
		of: 'express',
		paths: ['iconv-lite'],
		stub: 'iconv-lite.cts',
		reason: 'body-parser: 500 KB of character sets; JSON is UTF-8',
	},
	{
		of: 'express',
		paths: ['mime-db'],
		stub: 'mime-db.cts',
		reason: 'express: 2,500 media types; our API knows a handful',
	},
	{ of: 'dbus-next', paths: ['jsbi'], reason: 'dbus-next: 64-bit integers for Node before 10.8' },
	{
		of: 'dbus-next',
		paths: ['xmlbuilder'],
		reason: 'xml2js: writing XML, for objects offered on the bus; we only call others',
	},
	{ of: 'dbus-next', paths: ['event-stream'], reason: 'dbus-next: a bus behind a command (unixexec:)' },
	{ of: 'dbus-next', paths: ['dbus-next/lib/address-x11.js'], reason: 'dbus-next: the bus of a desktop session' },
	{ of: 'got', paths: ['http2-wrapper'], reason: 'got: HTTP/2 is off unless asked for' },
	{ of: 'got', paths: ['cacheable-request'], reason: 'got: its cache of answers is off unless asked for' },
	{ of: 'got', paths: ['cacheable-lookup'], reason: 'got: its cache of DNS is off unless asked for' },
	{
		of: 'winston',
		paths: ['readable-stream/lib/_stream_writable.js'],
		stub: 'node-writable.cts',
		reason: 'winston-transport: a copy of what Node has',
	},
	{
		of: 'winston',
		paths: ['readable-stream'],
		stub: 'node-stream.cts',
		reason: 'winston, docker-modem: a copy of what Node has',
	},
	{ of: 'sqlite3', paths: ['bindings'], stub: 'bindings.cts', reason: 'sqlite3: searches the disk for its one binary' },
	{ of: 'knex', paths: ['pg-connection-string'], reason: 'knex: the address of a PostgreSQL server' },
	{
		of: 'knex',
		paths: [...DIALECTS, ...MORE_DIALECTS].map((name) => `knex/lib/dialects/${name}`),
		reason: 'knex: databases other than SQLite',
	},
];

/** Never installed: packages import them inside `try`, or in code that is never reached. */
export const NEVER_INSTALLED: readonly string[] = ['usocket'];
