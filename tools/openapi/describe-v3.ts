import omit from 'lodash/omit.js';
import { CAPABILITIES } from '../../src/domain/capability.ts';
import type { Answer, Descriptions, Schema } from './description.ts';
import { BOOLEAN, exactly, INTEGER, listOf, mapOf, nullable, oneOf, open, ref, STRING, text, TIME } from './schemas.ts';

const NO_APP: Answer = { description: 'No such app, or one that the key does not cover.', problem: ref('Problem') };
const WORD = oneOf('done', 'applying changes', 'rejected', 'aborted', 'interrupted', 'unknown');
const USES = listOf(exactly({ app: STRING, service: STRING }));
const PARTS = mapOf(exactly({ engine_name: STRING, exists: BOOLEAN }));
const SERVICE = exactly({
	'id?': INTEGER,
	'image?': STRING,
	status: STRING,
	started: nullable(TIME),
	created_at: nullable(TIME),
	health: nullable(STRING),
	exit_code: nullable(INTEGER),
	restart_count: INTEGER,
	container: nullable(exactly({ id: STRING, name: STRING })),
	config: { ...open({ environment: mapOf(STRING) }), description: 'Compose names; secret values show as `•••`.' },
	depends_on: listOf(exactly({ service: STRING, condition: STRING, required: BOOLEAN })),
});
const APP = exactly({
	id: INTEGER,
	name: STRING,
	is_host: BOOLEAN,
	status: WORD,
	releases: mapOf(exactly({ installed: BOOLEAN, services: mapOf(SERVICE), networks: PARTS, volumes: PARTS })),
	locked: { ...BOOLEAN, description: 'As the last try to take the update locks has found it.' },
	lockfiles: listOf(exactly({ service: STRING, file: STRING })),
});
const IMAGES = listOf(
	exactly({
		id: STRING,
		references: listOf(STRING),
		size: nullable(INTEGER),
		shared_size: nullable(INTEGER),
		used_by: USES,
		wanted_by: USES,
	}),
);
const SIZES = { total: INTEGER, available: INTEGER };
const HOST = exactly({
	os: exactly({
		name: nullable(STRING),
		version: nullable(STRING),
		variant: nullable(STRING),
		build: nullable(STRING),
	}),
	kernel: STRING,
	arch: STRING,
	device_type: STRING,
	booted_at: nullable(TIME),
	memory: nullable(exactly(SIZES)),
	storage: nullable(exactly({ ...SIZES, device: nullable(STRING) })),
	cpu: exactly({ usage: nullable(INTEGER), id: nullable(STRING) }),
	temperature: nullable(INTEGER),
	addresses: exactly({ ip: listOf(STRING), mac: listOf(STRING) }),
	'update?': exactly({ release: STRING, build: STRING, state: STRING }),
});
const DEVICE: Schema = exactly({
	uuid: nullable(STRING),
	name: STRING,
	apps: mapOf(APP),
	images: IMAGES,
	host: HOST,
	supervisor: exactly({ version: STRING }),
	capabilities: listOf(
		exactly({ name: oneOf(...CAPABILITIES), available: BOOLEAN, detail: nullable(STRING), 'without_it?': STRING }),
	),
	cloud: exactly({ endpoint: nullable(STRING), connected: nullable(BOOLEAN) }),
});
const STATUS: Schema = exactly({
	status: WORD,
	since: nullable(TIME),
	'clock?': text('unsynchronised'),
	sentence: STRING,
	apps: mapOf(
		exactly({
			name: STRING,
			status: WORD,
			release: nullable(STRING),
			wanted_release: nullable(STRING),
			sentence: STRING,
		}),
	),
});

const SHOP = '0b53a5e37a6b4b2fb0ff0e8d5d4e9d7a';
const OLD = '9a0bc2f7d1e34c5e8f7a6b5c4d3e2f10';
const NEW = '4f1c8e2d5b7a49c3a1d2e3f405162738';
const LOCKED = 'web is not changed: updates are locked by service till, through its lock file';
const SINCE = '2026-01-02T09:12:00.000Z';

const SERVICE_EXAMPLE = {
	subject: 'service web of app shop',
	app: SHOP,
	service: 'web',
	state: 'waiting',
	since: SINCE,
	sentence: LOCKED,
	current: { release: OLD, image: 'registry.example.com/web:1', status: 'running', health: 'healthy' },
	wanted: { release: NEW, image: 'registry.example.com/web:2', status: 'running' },
	differences: [
		{ field: 'image', is: 'registry.example.com/web:1', should: 'registry.example.com/web:2' },
		{ field: 'environment.LOG_LEVEL', is: '•••', should: '•••' },
		{ field: 'release', is: OLD, should: NEW },
	],
	steps: [{ kind: 'stop_container', reason: 'image differs', state: 'waiting', sentence: LOCKED }],
	because: {
		kind: 'locked',
		since: SINCE,
		next_try: '2026-01-02T09:20:00.000Z',
		holder: { service: 'till', file: '/tmp/balena/updates.lock' },
	},
	ends_when: 'the lock file is removed; or POST /v1/update with force',
	last_error: 'Lockfile exists for { appId: 1234, service: till }',
	help: 'docs/troubleshooting.md#updates-are-locked',
	parts: [],
};
const APP_EXAMPLE = {
	...omit(SERVICE_EXAMPLE, ['service']),
	subject: 'app shop',
	current: { release: OLD },
	wanted: { release: NEW },
	differences: [],
	steps: [],
	parts: [SERVICE_EXAMPLE],
};
const DEVICE_EXAMPLE = {
	...omit(APP_EXAMPLE, ['app']),
	subject: 'the device',
	current: null,
	wanted: null,
	parts: [APP_EXAMPLE],
};
const USE = [{ app: SHOP, service: 'web' }];
const IMAGE_EXAMPLE = {
	id: 'sha256:5b1f',
	references: ['registry.example.com/web:1'],
	size: 7340032,
	shared_size: null,
	used_by: USE,
	wanted_by: [],
};
const APP_ON_DEVICE = {
	id: 1234,
	name: 'shop',
	is_host: false,
	status: 'aborted',
	releases: {
		[OLD]: {
			installed: true,
			services: {
				web: {
					id: 5,
					image: 'registry.example.com/web:1',
					status: 'Running',
					started: SINCE,
					created_at: SINCE,
					health: 'healthy',
					exit_code: null,
					restart_count: 0,
					container: { id: 'c0ffee', name: `web_12_7_${OLD}` },
					config: { restart: 'always', environment: { API_KEY: '•••', LOG_LEVEL: 'info' } },
					depends_on: [],
				},
			},
			networks: { default: { engine_name: `${SHOP}_default`, exists: true } },
			volumes: {},
		},
	},
	locked: true,
	lockfiles: [{ service: 'till', file: '/tmp/balena/updates.lock' }],
};

/** What is, and why (spec: v3-api 2, 3). */
export const V3_STATE: Descriptions = {
	'GET /v3/status': {
		summary: 'Show whether the device and its apps are as their target wants them',
		section: 'v3-api 2',
		description:
			'The word of the device is the worst of its apps. `aborted`: the supervisor has nothing left to do by itself, and a user or an app has to act. `interrupted`: the device shuts down. `unknown`: it cannot be observed.',
		answers: {
			200: {
				description: 'In one word and one sentence each.',
				json: STATUS,
				example: {
					status: 'aborted',
					since: SINCE,
					sentence: LOCKED,
					apps: { [SHOP]: { name: 'shop', status: 'aborted', release: OLD, wanted_release: NEW, sentence: LOCKED } },
				},
			},
		},
	},
	'GET /v3/explain': {
		summary: 'Explain why the device is not as its target wants it',
		section: 'v3-api 3',
		answers: {
			200: { description: 'The device, with its apps as parts.', json: ref('Explanation'), example: DEVICE_EXAMPLE },
		},
	},
	'GET /v3/explain/apps/:uuid': {
		summary: 'Explain why an app is not as its target wants it',
		section: 'v3-api 3',
		answers: {
			200: { description: 'The app, with its services as parts.', json: ref('Explanation'), example: APP_EXAMPLE },
			404: NO_APP,
		},
	},
	'GET /v3/explain/apps/:uuid/services/:name': {
		summary: 'Explain why a service is not as its target wants it',
		section: 'v3-api 3',
		answers: {
			200: { description: 'The service.', json: ref('Explanation'), example: SERVICE_EXAMPLE },
			404: { description: 'No such app or service, or one that the key does not cover.', problem: ref('Problem') },
		},
	},
	'GET /v3/device': {
		summary: 'Show the device, its apps, images, host and abilities',
		section: 'v3-api 2',
		description: 'As observed last: the engine is not asked.',
		answers: {
			200: {
				description: 'The device, with the apps that the key covers.',
				json: DEVICE,
				example: {
					uuid: '7b93fd0c1e6e4d0d8fb5b0aa1c8dfe4b',
					name: 'till at the door',
					apps: { [SHOP]: APP_ON_DEVICE },
					images: [IMAGE_EXAMPLE],
					host: {
						os: { name: 'balenaOS', version: '6.5.4', variant: 'prod', build: 'a1b2c3d' },
						kernel: '6.6.31',
						arch: 'aarch64',
						device_type: 'raspberrypi4-64',
						booted_at: SINCE,
						memory: { total: 1073741824, available: 536870912 },
						storage: { total: 8589934592, available: 4294967296, device: '/dev/mmcblk0p6' },
						cpu: { usage: 7, id: '10000000f0a1b2c3' },
						temperature: 48,
						addresses: { ip: ['192.168.1.20'], mac: ['DC:A6:32:00:00:01'] },
					},
					supervisor: { version: '20.0.0' },
					capabilities: [
						{ name: 'engine', available: true, detail: '20.10.43, API 1.41, overlay2, cgroup v2' },
						{
							name: 'GPUs',
							available: false,
							detail: 'no runtime and no CDI specification',
							without_it: 'services that ask for a GPU do not start',
						},
					],
					cloud: { endpoint: 'https://api.example.com', connected: true },
				},
			},
		},
	},
	'GET /v3/device/images': {
		summary: 'Show the images of apps on the engine',
		section: 'v3-api 2',
		description:
			'`size` counts layers that other images share; how much that is, only a count of the engine would say.',
		answers: { 200: { description: 'Images that the key covers.', json: IMAGES, example: [IMAGE_EXAMPLE] } },
	},
	'GET /v3/device/apps/:uuid': {
		summary: 'Show an app as it is on the device',
		section: 'v3-api 2',
		answers: { 200: { description: 'The app.', json: APP, example: APP_ON_DEVICE }, 404: NO_APP },
	},
};
