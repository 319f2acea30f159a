import { join } from 'node:path';
import { DEVICE_PORT } from './device-folder.ts';
import { listDeviceTypes } from './device-types.ts';
import { PLACE_OPTIONS } from './options.ts';
import type { OptionRule, OptionTable, ValuesOf } from './options.ts';

export const DIND_IMAGE = 'docker:dind';
/** Where the files that a run takes are looked for (spec: dev-tools 7.3). */
export const INPUTS = import.meta.dirname;

/** Of every device. */
const COMMON = {
	config: {
		type: 'string',
		short: 'c',
		value: 'FILE',
		help: 'take this config.json and belong to the cloud it names; no stand-in cloud, no sample',
	},
	'no-cloud': { type: 'boolean', help: 'no cloud at all: FILE is given to the device through its own API' },
	port: {
		type: 'string',
		value: 'N',
		help: `where the supervisor's API answers on 127.0.0.1 (${DEVICE_PORT}; with --name a free one; a kept device: its own)`,
	},
	engine: {
		type: 'string',
		value: 'SOCKET',
		help: 'use this engine instead of a private one; the supervisor deletes its images!  Needs --yes',
	},
	yes: { type: 'boolean', help: 'yes, use that engine' },
	'dind-image': {
		type: 'string',
		value: 'IMAGE',
		help: `what the container of the engine is made of (${DIND_IMAGE}); with --os: the host, a name or a file of docker save`,
	},
	program: { type: 'string', value: 'FILE', help: 'run this supervisor instead of building dist/app.js' },
	'env-file': {
		type: 'string',
		multiple: true,
		value: 'FILE',
		help: 'take the variables of FILE from here instead of .env beside it; may be repeated',
	},
	os: {
		type: 'boolean',
		help: 'a whole host in a container: systemd, journal, D-Bus, an engine, the supervisor as its service',
	},
} as const satisfies OptionTable;

/** What `dindctl build` takes too. */
export const BUILD_OPTIONS = {
	arch: {
		type: 'string',
		short: 'a',
		value: 'ARCH',
		help: "architecture of the image: amd64 or aarch64 (this machine's)",
	},
	tag: { type: 'string', short: 't', value: 'TAG', help: 'tag of the image balena/ARCH-supervisor (master)' },
} as const satisfies OptionTable;

export const READABLE_OPTION = {
	'no-optimize': { type: 'boolean', short: 'n', help: 'build the supervisor readable instead of small' },
} as const satisfies OptionTable;

/** Of a host in a container only (spec: dev-tools 7.2). */
const OS_OPTIONS = {
	cloud: {
		type: 'string',
		value: 'WHICH',
		help: 'local; none; or the config.json of a real cloud, as --config (local, with --preload none)',
	},
	...BUILD_OPTIONS,
	image: {
		type: 'string',
		short: 'i',
		value: 'IMAGE',
		help: 'run this image of the supervisor, a name or a file of docker save, instead of one of these sources',
	},
	'device-type': { type: 'string', value: 'SLUG', help: `what the device is: ${listDeviceTypes().join(', ')}` },
	preload: {
		type: 'boolean',
		short: 'p',
		help: 'apps.json as on a preloaded disk, with the images it names; images.tar beside it is loaded first',
	},
	'mount-dist': { type: 'boolean', help: "./dist replaces the supervisor's; dindctl refresh builds and restarts it" },
	'mount-nm': { type: 'boolean', help: "./node_modules replaces the supervisor's" },
	'mount-backup': {
		type: 'boolean',
		help: 'backup.tgz, the data of an earlier system, for the volumes of the release',
	},
	inputs: { type: 'string', value: 'DIR', help: 'where apps.json, images.tar and backup.tgz are (tools/dind)' },
	...READABLE_OPTION,
	'no-clean': { type: 'boolean', help: 'keep the data of the host that runs already; it is stopped first' },
} as const satisfies OptionTable;

export const RUN_OPTIONS = { ...COMMON, ...OS_OPTIONS, ...PLACE_OPTIONS } as const satisfies OptionTable;
export type RunValues = ValuesOf<typeof RUN_OPTIONS>;

const NEED_OS: readonly OptionRule[] = Object.keys(OS_OPTIONS).map((option) => ({
	option,
	needs: 'os',
	...(option === 'cloud' ? { remedy: 'Add --os, or use --config FILE' } : {}),
}));

export const RUN_RULES: readonly OptionRule[] = [
	...NEED_OS,
	{ option: 'dind-container', needs: 'os', remedy: 'Add --os, or use --name' },
	{ option: 'name', without: 'dind-container', problem: '--name and --dind-container say the same' },
	// A host in a container has an engine of its own; where that is cannot be chosen.
	{ option: 'engine', without: 'os' },
	{
		option: 'engine',
		without: 'config',
		problem: '--config goes with a private engine only',
		remedy: 'Leave out --engine',
	},
	{ option: 'dind-image', without: 'engine' },
	{ option: 'no-cloud', without: 'os', remedy: 'Use --cloud none' },
	{ option: 'no-cloud', without: 'config' },
	{ option: 'cloud', without: 'config', problem: '--cloud and --config say the same' },
	{ option: 'image', without: 'program' },
	{ option: 'image', without: 'arch', remedy: 'An image has its architecture already' },
	{ option: 'image', without: 'tag', remedy: 'An image has its tag already' },
	{ option: 'mount-dist', without: 'program' },
	{ option: 'inputs', needs: 'os' },
];

export const SAMPLE = join(import.meta.dirname, '../sample/docker-compose.yml');
