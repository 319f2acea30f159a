import type { ImportedModule } from './sources.ts';

/** The chapter "Who may import whom" of docs/style.md, as data. */

const BOTTOM: readonly string[] = ['ports', 'domain', 'lib'];

/** A folder of src (or a file at its top) and what it may import, itself left out. Modules see what is below them. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
	lib: [],
	// Runs in a browser, and is bundled by itself.
	page: ['domain', 'lib'],
	domain: ['lib'],
	ports: ['domain', 'lib'],
	config: BOTTOM,
	logger: ['config', ...BOTTOM],
	metrics: BOTTOM,
	host: ['config', ...BOTTOM],
	'application-manager': ['config', ...BOTTOM],
	'device-state': ['application-manager', 'host', 'config', ...BOTTOM],
	'api-binder': ['device-state', 'application-manager', 'host', 'config', ...BOTTOM],
	'device-api': ['api-binder', 'device-state', 'application-manager', 'host', 'config', ...BOTTOM],
	// Each adapter is a layer of its own: adapters know nothing of each other.
	adapters: BOTTOM,
	supervisor: [
		'adapters',
		'logger',
		'metrics',
		'device-api',
		'api-binder',
		'device-state',
		'application-manager',
		'host',
		'config',
		...BOTTOM,
	],
	'supervisor.ts': [
		'supervisor',
		'adapters',
		'logger',
		'device-api',
		'api-binder',
		'device-state',
		'application-manager',
		'host',
		'config',
		...BOTTOM,
	],
	'app.ts': ['supervisor.ts', 'lib', '../package.json'],
};

/** Entered through an `index.ts`; the others are collections of small files that are imported by name. */
export const MODULES: readonly string[] = [
	'adapters',
	'api-binder',
	'application-manager',
	'config',
	'device-api',
	'device-state',
	'host',
	'logger',
	'metrics',
];

interface PackageRule {
	readonly name: RegExp;
	/** Folders below src; without them it may be used anywhere. */
	readonly folders?: readonly string[];
}

const PACKAGES: readonly PackageRule[] = [
	{ name: /^(knex|sqlite3)(\/|$)/, folders: ['adapters/sqlite'] },
	{ name: /^dockerode$/, folders: ['adapters/docker'] },
	{ name: /^dbus-next$/, folders: ['adapters/dbus'] },
	{ name: /^dns-packet$/, folders: ['adapters/network'] },
	{ name: /^got$/, folders: ['adapters/http'] },
	{ name: /^express$/, folders: ['device-api'] },
	{ name: /^winston$/, folders: ['logger'] },
	{ name: /^prom-client\/lib\/registry\.js$/, folders: ['metrics'] },
	{ name: /^preact(\/hooks)?$/, folders: ['page'] },
	{
		name: /^semver\/(functions\/(lt|satisfies|valid)|ranges\/valid)\.js$/,
		folders: ['application-manager/contracts', 'host/boot-config'],
	},
	{ name: /^lodash\/\w+\.js$/ },
];

/** Parts of Node that only compute. All others touch the world, and that is for adapters. */
const NODE_PURE = ['assert', 'assert/strict', 'buffer', 'crypto', 'path', 'path/posix', 'util', 'string_decoder'];
const NODE_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
	'device-api': ['http', 'net', 'stream', 'stream/promises', 'events'],
	logger: ['stream', 'events', 'zlib'],
};

export function isNodePartAllowed(file: string, name: string): boolean {
	const part = name.replace(/^node:/, '');
	const layer = layerOf(file);
	if (layer.startsWith('adapters') || layer === 'app.ts') return true;
	return NODE_PURE.includes(part) || NODE_ELSEWHERE[layer]?.includes(part) === true;
}

export function isPackageAllowed(file: string, name: string): boolean {
	const rule = PACKAGES.find((candidate) => candidate.name.test(name));
	if (rule === undefined) return false;
	return rule.folders === undefined || rule.folders.some((folder) => file.startsWith(`src/${folder}/`));
}

export function isLayerAllowed(file: string, imported: string): boolean {
	const [from, to] = [layerOf(file), layerOf(imported)];
	if (from === to) return true;
	// Many facts about the host are in files, and so is the database.
	if (['adapters/host', 'adapters/sqlite'].includes(from) && to === 'adapters/files') return true;
	// Recorded migrations are data of the database adapter that happen to be code.
	if (imported.startsWith('migrations/')) return from === 'adapters/sqlite';
	return MAY_IMPORT[topOf(from)]?.includes(topOf(to)) === true;
}

export function isEnteredByIndex(file: string, { name }: ImportedModule): boolean {
	const isOther = layerOf(file) !== layerOf(name);
	return !isOther || !MODULES.includes(topOf(layerOf(name))) || name.endsWith('/index.ts');
}

/** `src/device-state/planner/plan.ts` → `device-state`; an adapter with its own folder. */
export function layerOf(path: string): string {
	const [first = '', second = '', third] = path.replace(/^src\//, '').split('/');
	if (!path.startsWith('src/')) return `../${path}`;
	return first === 'adapters' && third !== undefined ? `${first}/${second}` : first;
}

function topOf(layer: string): string {
	return layer.startsWith('adapters/') ? 'adapters' : layer;
}
