import { expect } from 'chai';
import { compareConfig, type ConfigChanges } from '../../../src/device-state/planner/compare-config.ts';
import type { CurrentBootBackend, CurrentConfig } from '../../../src/domain/device-config.ts';
import { DEFAULT_SETTINGS, PLAIN_CONFIG } from '../../support/device-config.ts';

const HOUR_MS = 3_600_000;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const VPN_OFF = { SUPERVISOR_VPN_CONTROL: 'false' };

const bootOf = (deviceType: string, ...backends: readonly CurrentBootBackend[]): Partial<CurrentConfig> => ({
	boot: { deviceType, backends },
});
const configTxt = (content: string) =>
	bootOf('raspberrypi4-64', { name: 'config.txt', state: 'read', content }, SPLASH);
const SPLASH: CurrentBootBackend = {
	name: 'splash',
	state: 'read',
	content: { active: undefined, factory: undefined },
};
const NO_EXTLINUX: CurrentBootBackend = { name: 'extlinux', state: 'read', content: undefined };
const NO_DEVICE: CurrentBootBackend = { name: 'odmdata', state: 'unreadable', error: 'File not found' };
const powerFan = (content: unknown) => bootOf('my-orin-board', { name: 'power-fan', state: 'read', content });
const REFUSED = { message: 'Attempt to change blacklisted config value kernel', name: 'config.txt' } as const;

interface Case {
	readonly rule: string;
	readonly variables?: Readonly<Record<string, string>>;
	/** In what the device differs from a plain one. */
	readonly host?: Partial<CurrentConfig>;
	/** Absent: the device has settled, and the VPN was not switched since. */
	readonly history?: { readonly hasSettled: boolean; readonly vpnChangedAt?: number };
	readonly now?: number;
	readonly expected: Partial<ConfigChanges>;
}

const SETTINGS: readonly Case[] = [
	{ rule: 'a device that is as its target wants it has nothing to change', expected: {} },
	{
		rule: 'config #24: a setting that differs takes the value of its variable',
		variables: { SUPERVISOR_POLL_INTERVAL: '600000', SUPERVISOR_DELTA: 'on' },
		expected: {
			settings: {
				values: { pollIntervalMs: 600_000, delta: true },
				variables: { SUPERVISOR_POLL_INTERVAL: '600000', SUPERVISOR_DELTA: 'on' },
				afterReboot: {},
			},
		},
	},
	{
		rule: 'a setting that the target does not name goes back to its default',
		host: { settings: { ...DEFAULT_SETTINGS, delta: true } },
		expected: { settings: { values: { delta: false }, variables: { SUPERVISOR_DELTA: 'false' }, afterReboot: {} } },
	},
	{
		rule: 'config #26: of the settings that differ, those that take a reboot are named',
		variables: { SUPERVISOR_PERSISTENT_LOGGING: '1', SUPERVISOR_DELTA: '1' },
		expected: {
			settings: {
				values: { delta: true, persistentLogging: true },
				variables: { SUPERVISOR_DELTA: '1', SUPERVISOR_PERSISTENT_LOGGING: '1' },
				afterReboot: { persistentLogging: 'true' },
			},
		},
	},
	{
		rule: 'config #28: a value that means nothing counts as the default, and its user is warned',
		variables: { SUPERVISOR_DELTA: 'perhaps' },
		host: { settings: { ...DEFAULT_SETTINGS, delta: true } },
		expected: {
			settings: { values: { delta: false }, variables: { SUPERVISOR_DELTA: 'false' }, afterReboot: {} },
			notes: [
				{
					kind: 'setting',
					message:
						"Warning: Ignoring invalid device configuration value for delta, value: 'perhaps'. Falling back to default (false)",
				},
			],
		},
	},
	{
		rule: 'config #28: a value that means nothing is no matter where the default is set',
		variables: { SUPERVISOR_DELTA: 'perhaps' },
		expected: {},
	},
	{
		rule: 'config #30: an unmanaged device goes into local mode',
		host: { settings: { ...DEFAULT_SETTINGS, unmanaged: true } },
		expected: {
			settings: { values: { localMode: true }, variables: { SUPERVISOR_LOCAL_MODE: 'true' }, afterReboot: {} },
		},
	},
];

const BOOT: readonly Case[] = [
	{
		rule: 'host #17: a boot file that differs takes all boot variables of the target, and a reboot',
		variables: { HOST_CONFIG_gpu_mem: '64', HOST_CONFIG_a: '1', SUPERVISOR_DELTA: 'false' },
		host: configTxt('gpu_mem=16\na=1\n'),
		expected: {
			boot: {
				variables: { HOST_CONFIG_gpu_mem: '64', HOST_CONFIG_a: '1' },
				backends: [{ name: 'config.txt', needsReboot: true }],
			},
		},
	},
	{
		rule: 'an option that the target does not name goes',
		host: configTxt('gpu_mem=16\n'),
		expected: { boot: { variables: {}, backends: [{ name: 'config.txt', needsReboot: true }] } },
	},
	{
		rule: 'a boot file that says the same in other words is left as it is',
		variables: { HOST_CONFIG_dtparam: '"a=on","b=off"' },
		host: configTxt('dtparam=a=on,b=off\n'),
		expected: {},
	},
	{
		rule: 'variables of boot files that the device does not have are no matter',
		variables: { HOST_EXTLINUX_isolcpus: '1', HOST_ODMDATA_configuration: '2' },
		host: configTxt(''),
		expected: {},
	},
	{
		rule: 'host #9: an option that may not be changed refuses the whole target',
		variables: { HOST_CONFIG_kernel: 'b', HOST_CONFIG_gpu_mem: '64' },
		host: configTxt('kernel=a\n'),
		expected: {
			boot: {
				variables: { HOST_CONFIG_kernel: 'b', HOST_CONFIG_gpu_mem: '64' },
				backends: [],
				refusal: REFUSED,
			},
		},
	},
	{
		rule: 'host #9: an option that may not be changed refuses what other backends would change',
		variables: { HOST_CONFIG_kernel: 'b', HOST_SPLASH_image: Buffer.concat([PNG, PNG]).toString('base64') },
		host: bootOf(
			'raspberrypi4-64',
			{ name: 'config.txt', state: 'read', content: 'kernel=a\n' },
			{ name: 'splash', state: 'read', content: { active: PNG, factory: PNG } },
		),
		expected: {
			boot: {
				variables: { HOST_CONFIG_kernel: 'b', HOST_SPLASH_image: Buffer.concat([PNG, PNG]).toString('base64') },
				backends: [{ name: 'splash', needsReboot: true }],
				refusal: REFUSED,
			},
		},
	},
	{
		rule: 'host #9: an option that may not be changed is no matter where it is as it was',
		variables: { HOST_CONFIG_kernel: 'a', HOST_CONFIG_gpu_mem: '64' },
		host: configTxt('kernel=a\n'),
		expected: {
			boot: {
				variables: { HOST_CONFIG_kernel: 'a', HOST_CONFIG_gpu_mem: '64' },
				backends: [{ name: 'config.txt', needsReboot: true }],
			},
		},
	},
	{
		rule: 'host #8: what the type of the device requires is part of every target',
		host: bootOf('fincm3', { name: 'config.txt', state: 'read', content: '' }),
		expected: { boot: { variables: {}, backends: [{ name: 'config.txt', needsReboot: true }] } },
	},
	{
		rule: 'host #16: another power mode takes a reboot',
		variables: { HOST_CONFIG_power_mode: 'low' },
		host: powerFan({ power: { mode: 'high' } }),
		expected: {
			boot: { variables: { HOST_CONFIG_power_mode: 'low' }, backends: [{ name: 'power-fan', needsReboot: true }] },
		},
	},
	{
		rule: 'host #16: another fan profile takes none',
		variables: { HOST_CONFIG_fan_profile: 'cool' },
		host: powerFan(undefined),
		expected: {
			boot: { variables: { HOST_CONFIG_fan_profile: 'cool' }, backends: [{ name: 'power-fan', needsReboot: false }] },
		},
	},
	{
		rule: 'a line that means nothing is worth a note, whether anything changes or not',
		variables: { HOST_CONFIG_a: '1' },
		host: configTxt('a=1\nwhat is this\n'),
		expected: {
			notes: [
				{
					kind: 'boot',
					backend: 'config.txt',
					message: 'Could not parse config.txt entry: what is this. Ignoring.',
				},
			],
		},
	},
	{
		rule: 'a boot file that cannot be read is worth a note where the target asks nothing of it',
		host: bootOf('jetson-tx2', NO_EXTLINUX, NO_DEVICE),
		expected: {
			notes: [
				{
					kind: 'boot',
					backend: 'extlinux',
					message: 'Could not find extlinux file. Device is possibly bricked',
				},
				{ kind: 'boot', backend: 'odmdata', message: 'File not found' },
			],
		},
	},
	{
		rule: 'a boot file that cannot be read refuses a target that asks something of it',
		variables: { HOST_ODMDATA_configuration: '2' },
		host: bootOf('jetson-tx2', NO_DEVICE),
		expected: {
			boot: {
				variables: { HOST_ODMDATA_configuration: '2' },
				backends: [],
				refusal: { name: 'odmdata', message: 'File not found' },
			},
		},
	},
];

const VPN: readonly Case[] = [
	{ rule: 'the VPN goes off where the target says so', variables: VPN_OFF, expected: { vpn: off() } },
	{
		rule: 'the VPN is switched on where the target says nothing',
		host: { vpn: { state: 'off' } },
		expected: { vpn: on() },
	},
	{
		rule: 'a value that is neither true nor false does not cut the device off',
		variables: { SUPERVISOR_VPN_CONTROL: 'fasle' },
		expected: {},
	},
	{
		rule: 'until the device has settled once the VPN stays on, whatever the target says',
		variables: VPN_OFF,
		history: { hasSettled: false },
		expected: {},
	},
	{
		rule: 'until the device has settled once the VPN is switched on without a word',
		variables: VPN_OFF,
		host: { vpn: { state: 'off' } },
		history: { hasSettled: false },
		expected: { vpn: { enabled: true, quiet: true } },
	},
	{
		rule: 'config #29: the VPN is switched once an hour',
		host: { vpn: { state: 'off' } },
		history: { hasSettled: true, vpnChangedAt: 1000 },
		now: HOUR_MS + 999,
		expected: { vpn: { ...on(), notBefore: HOUR_MS + 1000 } },
	},
	{
		rule: 'config #29: the VPN is switched again when the hour is over',
		host: { vpn: { state: 'off' } },
		history: { hasSettled: true, vpnChangedAt: 1000 },
		now: HOUR_MS + 1000,
		expected: { vpn: on() },
	},
	{
		rule: 'config #30: a device without a cloud keeps its VPN as it is',
		variables: { ...VPN_OFF, SUPERVISOR_LOCAL_MODE: 'false' },
		host: { settings: { ...DEFAULT_SETTINGS, unmanaged: true }, vpn: { state: 'on' } },
		expected: {},
	},
	{
		rule: 'a VPN of which the state is unknown is left as it is, and why is worth a note',
		variables: VPN_OFF,
		host: { vpn: { state: 'unknown', error: 'no connection to the system bus' } },
		expected: { notes: [{ kind: 'vpn', message: 'no connection to the system bus' }] },
	},
];

function on() {
	return { enabled: true, quiet: false };
}

function off() {
	return { enabled: false, quiet: false };
}

describe('the configuration of the device, compared', () => {
	for (const { rule, variables = {}, host, history = { hasSettled: true }, now = 0, expected } of [
		...SETTINGS,
		...BOOT,
		...VPN,
	]) {
		it(rule, () => {
			const changes = compareConfig({ variables }, { ...PLAIN_CONFIG, ...host }, { history, now });
			expect(changes).to.deep.equal({ notes: [], ...expected });
		});
	}
});
