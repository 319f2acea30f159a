/**
 * The cloud that the recordings were made with, built again through the control API and the device protocol: the same
 * fleets, releases and devices in the same order, so that ids come out the same.
 */
import type { ControlClient } from '../../../../tools/cloud/control-client.ts';
import type { RunningCloud } from '../../../../tools/cloud/start-cloud.ts';
import { cliDeployed, legacyMain, manyFields, serviceName, twoServices } from './recorded-compositions.ts';

export const MAIN = '0000000000014de08000000000000001';
export const SECOND = '0000000000024de08000000000000002';
const MAIN_KEY = 'mainmainmainmainmainmainmainmain';
const SECOND_KEY = 'hMYqDiPA3XYwZAJ9WYXaa9rmyOiMlxzL';
const PROVISIONING_KEY = 'yYr5QpKzf6z88wGy9y0vQZ8zDvfrPepg';

/** Recorded images differ by a counter in their digest. */
const image = (location: string, counter: number) =>
	`127.0.0.1:5100/v2/${location}@sha256:${counter.toString(16).padStart(64, '0')}`;

const TWELVE_LOCATIONS = [
	'2422c7697b7ea6c08d246d4be1cdde79',
	'965a3728334267d13f1f44a80ca43abe',
	'492db63e925bc056742f9a64dcdc6aad',
	'd108575a499c3c236b682511799a4d10',
	'336f1fa1ff16f009182cb688d4dfdd3a',
	'2cdb6e83ce0ccb191da01b0727874e6b',
	'7814eeaf125f36d85d30c15dadfccf58',
	'e2635e16ff2a6b0030e2936115ced541',
	'8a522fa126edfd41b8d964b8aeb2b59f',
	'7c994c892556eb10ac4609bba7f648fc',
	'2d6cacde8fcc63ce0229dfba35c65bdd',
	'e55b023f3a46f98d21ed0ecca7d104fa',
];

const none = { imageEnvironment: {}, imageLabels: {} };
const commit = (digit: string) => digit.repeat(32);

export async function createFleets(client: ControlClient): Promise<void> {
	const fleets = [
		{ name: 'two-services', uuid: 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa1', provisioningKey: PROVISIONING_KEY },
		{ name: 'pinned-fleet', uuid: 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa2' },
		{ name: 'empty-fleet', uuid: 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa3' },
		{ name: 'arm-fleet', uuid: 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaa4', deviceType: 'raspberrypi4-64', arch: 'aarch64' },
		{ name: 'generic-amd64', uuid: 'bbbbbbbbbbbb4bbb8bbbbbbbbbbbbbb1', kind: 'host' as const },
		{ name: 'amd64-supervisor', uuid: 'cccccccccccc4ccc8cccccccccccccc1', kind: 'supervisor' as const },
		{ name: 'legacy-single', uuid: 'eeeeeeeeeeee4eee8eeeeeeeeeeeeee1' },
		{ name: 'no-services', uuid: 'eeeeeeeeeeee4eee8eeeeeeeeeeeeee2' },
		{ name: 'a-block', uuid: 'eeeeeeeeeeee4eee8eeeeeeeeeeeeee3', class: 'block' as const },
		{ name: 'draft-fleet', uuid: 'eeeeeeeeeeee4eee8eeeeeeeeeeeeee4' },
		{ name: 'many-services', uuid: 'eeeeeeeeeeee4eee8eeeeeeeeeeeeee5' },
		{ name: 'config-heavy', uuid: 'eeeeeeeeeeee4eee8eeeeeeeeeeeeee6' },
	];
	for (const fleet of fleets) {
		await client.createFleet(fleet);
	}
	await client.updateFleet(1, {
		config: {
			RESIN_SUPERVISOR_HANDOVER_TIMEOUT: '30000',
			RESIN_SUPERVISOR_INSTANT_UPDATE_TRIGGER: 'true',
			RESIN_SUPERVISOR_UPDATE_STRATEGY: 'download-then-kill',
		},
		environment: { FLEET_VAR: 'fleet', OVERRIDE_ME: 'fleet', UNICODE_VAR: 'snö ☃ "quoted" \\ $HOME' },
		serviceEnvironment: { web: { OVERRIDE_ME: 'service', SVC_VAR: 'svc' } },
		serviceLabels: { web: { 'shared.label': 'service', 'svc.label': 'on-service' } },
	});
	await client.updateFleet(12, {
		config: {
			'BALENA_HOST_CONFIG_hdmi_cvt:1': '480 360 60 1 0 0 0',
			BALENA_HOST_CONFIG_hdmi_mode: '87',
			BALENA_HOST_FIREWALL_MODE: 'auto',
			BALENA_HOST_SPLASH_IMAGE: 'data:image/png;base64,iVBORw0KGgo=',
			BALENA_SUPERVISOR_HARDWARE_METRICS: 'false',
			RESIN_HOST_CONFIG_dtoverlay: '"vc4-kms-v3d","i2c-rtc,ds1307"',
			RESIN_HOST_CONFIG_dtparam: '"i2c_arm=on","spi=on"',
			RESIN_HOST_CONFIG_gpu_mem: '16',
			RESIN_OVERRIDE_LOCK: '1',
			RESIN_SUPERVISOR_DELTA: '1',
			RESIN_SUPERVISOR_LOCAL_MODE: '1',
			RESIN_UI_ENABLE_DEVICE_URLS: '1', // never sent to a device
		},
	});
	await createReleases(client);
}

/** In the order of their ids. */
async function createReleases(client: ControlClient): Promise<void> {
	await client.createRelease(1, {
		commit: commit('1'),
		composition: twoServices('web'),
		images: {
			web: image('6cb86e98951e5680167ee3cfa524e8c5', 1),
			worker: image('59542b359c3d98729427557d9e587643', 2),
		},
		imageEnvironment: { web: { IMG_ENV: 'from-image', OVERRIDE_ME: 'image' } },
		imageLabels: { web: { 'img.label': 'yes', 'shared.label': 'image' } },
		contracts: {
			worker: {
				...{ name: 'worker', slug: 'worker', type: 'sw.container' },
				requires: [{ type: 'sw.supervisor', version: '>=12.0.0' }],
			},
		},
	});
	await client.createRelease(1, {
		...none,
		commit: commit('2'),
		composition: twoServices('web v2').replace('data: {}', 'data: {}\n  extra: {}'),
		images: {
			web: image('941892ee06d705ddfaca96c8fa5decd8', 3),
			worker: image('8e0cd455d1afba469de74987a58ca0b6', 4),
		},
	});
	await client.createRelease(2, {
		...none,
		commit: commit('3'),
		composition: { services: { main: legacyMain }, volumes: { 'resin-data': {} }, networks: {} },
		images: { main: image('11baaa63d02da37dc9e67ab90bd4e1d2', 5) },
	});
	await client.createRelease(2, {
		...none,
		commit: commit('4'),
		composition: { services: { main: { image: 'x' } } },
		images: { main: image('76df94f3029dc013ace1d07eda6c1476', 6) },
	});
	await client.updateFleet(2, { targetRelease: commit('3') });
	const hostLabels = { 'io.balena.image.class': 'hostapp', 'io.balena.image.store': 'root' };
	const overlayLabels = { 'io.balena.image.class': 'overlay' };
	await client.createRelease(5, {
		commit: commit('5'),
		version: 'balenaOS 6.5.0',
		composition: { services: { hostapp: { labels: hostLabels }, 'ext-bt': { labels: overlayLabels } } },
		images: {
			hostapp: image('6670b0b6a1ae6c597c5c6b2fbc7233d0', 7),
			'ext-bt': image('7b6912eaa929f5c754e782ad45cf85e7', 8),
		},
	});
	await client.createRelease(5, {
		commit: commit('6'),
		version: 'balenaOS 6.6.0',
		composition: { services: { hostapp: {} } },
		images: { hostapp: image('d8dd89e19c536d3a1f21ac73639b9402', 9) },
	});
	await client.createRelease(6, {
		...none,
		commit: commit('7'),
		version: '19.0.5',
		composition: { services: { main: { image: 'x', labels: { 'io.balena.private.updater': '1' } } } },
		images: { main: image('4733edbf0c87a283b7142afbb67a732b', 10) },
	});
	await client.createRelease(1, {
		...none,
		commit: commit('8'),
		status: 'failed',
		composition: {},
		images: { web: image('0000000000000000000000000000000b', 11) },
	});
	await client.createRelease(3, {
		commit: '5bd0dae56cf48250d249e69a8bb07fda',
		track: false,
		composition: cliDeployed,
		images: {
			main: '127.0.0.1:5100/v2/74757df53e295708614095860a1b900b@sha256:aaa6fbcbff118441d9cfbeb4a5a8232f7a5976ec1ffa741c85bd647410f0b33a',
			second:
				'127.0.0.1:5100/v2/7f5ae369a0d4e275a8b3f84d815a40ac@sha256:da9afbec5e729337e564214520b240d257fbbdc1bd92423b91c19d69ce0eff7b',
		},
	});
	await client.createRelease(7, {
		...none,
		commit: commit('9'),
		composition: {},
		images: { main: '127.0.0.1:5100/v2/234aea0616c04a53f1220d24c78ee66d' },
	});
	await client.createRelease(8, {
		commit: commit('a'),
		composition: { networks: {}, volumes: { v: null } },
		images: {},
	});
	await client.createRelease(9, {
		commit: commit('b'),
		composition: { services: { main: {} } },
		images: { main: image('3cc7d78258dbce9cb6132369d52a16c5', 15) },
	});
	await client.createRelease(10, {
		commit: commit('c'),
		draft: true,
		composition: { services: { main: {} } },
		images: { main: image('a60df9b8bc1e3e337b448cba7fd9f7d2', 16) },
	});
	const twelve = TWELVE_LOCATIONS.map((location, index) => ({ name: serviceName(index), location, index }));
	await client.createRelease(11, {
		commit: commit('d'),
		composition: {
			services: Object.fromEntries(twelve.map(({ name, index }) => [name, manyFields(index)])),
			networks: {
				n1: {
					driver: 'bridge',
					internal: true,
					attachable: true,
					enable_ipv6: false,
					driver_opts: { 'com.docker.network.bridge.name': 'br-n1' },
				},
				n2: { name: 'x' },
			},
			volumes: { v1: { driver: 'local' } },
		},
		images: Object.fromEntries(twelve.map(({ name, location, index }) => [name, image(location, 17 + index)])),
	});
}

interface RecordedDevice {
	readonly uuid: string;
	readonly key: string;
	readonly name: string;
	readonly application: number;
	readonly versions?: Readonly<Record<string, string>>;
}

const versions = { supervisor_version: '19.0.5', os_version: 'balenaOS 6.5.0', os_variant: 'prod' };
const DEVICES: readonly RecordedDevice[] = [
	{ uuid: MAIN, key: MAIN_KEY, name: 'cool-madness', application: 1, versions },
	{ uuid: SECOND, key: SECOND_KEY, name: 'floral-voice', application: 1 },
	{
		uuid: '0000000000034de08000000000000003',
		key: 'pinnedpinnedpinnedpinnedpinnedpi',
		name: 'patient-ranch',
		application: 2,
	},
	{
		uuid: '0000000000044de08000000000000004',
		key: 'emptyemptyemptyemptyemptyemptyem',
		name: 'patient-scout',
		application: 3,
	},
	{
		uuid: '0000000000064de08000000000000006',
		key: 'deleteddeleteddeleteddeleteddele',
		name: 'deleted',
		application: 1,
	},
	{
		uuid: '0000000000074de08000000000000007',
		key: 'armarmarmarmarmarmarmarm00000000',
		name: 'fancy-pie',
		application: 4,
	},
	{
		uuid: '0000000000144de08000000000000020',
		key: 'legacylegacylegacylegacylegacyle',
		name: 'mean-voice',
		application: 7,
	},
	{
		uuid: '0000000000154de08000000000000021',
		key: 'noservicesnoservicesnoservicesno',
		name: 'purple-beach',
		application: 8,
	},
	{
		uuid: '0000000000164de08000000000000022',
		key: 'blockblockblockblockblockblockbl',
		name: 'haunted-sun',
		application: 9,
	},
	{
		uuid: '0000000000174de08000000000000023',
		key: 'draftdraftdraftdraftdraftdraftdr',
		name: 'tenacious-tree',
		application: 10,
	},
	{
		uuid: '0000000000184de08000000000000024',
		key: 'manymanymanymanymanymanymanymany',
		name: 'deep-wood',
		application: 11,
	},
	{
		uuid: '0000000000194de08000000000000025',
		key: 'cfgcfgcfgcfgcfgcfgcfgcfgcfgcfgcf',
		name: 'creative-monster',
		application: 12,
	},
];

export async function createDevices(cloud: RunningCloud, client: ControlClient): Promise<void> {
	const fleets = await client.listFleets();
	for (const { uuid, key, name, application, versions: reported } of DEVICES) {
		const provisioningKey = fleets.find((fleet) => fleet.id === application)?.provisioningKey;
		const response = await fetch(`${cloud.url}/device/register`, {
			method: 'POST',
			headers: { Authorization: `Bearer ${String(provisioningKey)}`, 'Content-Type': 'application/json' },
			body: JSON.stringify({ application, uuid, device_type: 'generic-amd64', api_key: key, ...reported }),
		});
		if (response.status !== 201) {
			throw new Error(`registering ${uuid}: ${response.status}`);
		}
		await client.updateDevice(uuid, { name });
	}
	await client.updateDevice('0000000000064de08000000000000006', { deleted: true });
	await client.createKey({ kind: 'user', key: 'RsVVixeGeteFbUeVFvSZ4ghRGem59wmk' });
	await client.createKey({ kind: 'session', key: 'USER_SESSION_TOKEN' });
}
