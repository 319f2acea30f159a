import { expect } from 'chai';
import {
	comparedSettings,
	DEFAULT_SETTINGS,
	DEFAULT_VARIABLES,
	normaliseVariables,
	settingsToChange,
	variablesOf,
	variablesToStore,
	wantsVpn,
	type Settings,
} from '../../../src/config/index.ts';

/** As a target without variables wants them. */
const SETTINGS: Settings = { ...DEFAULT_SETTINGS, apiEndpoint: 'https://api.example.com', firewallMode: 'off' };
const CURRENT = comparedSettings(SETTINGS);

const NOTHING = { settings: {}, variables: {}, afterReboot: {}, warnings: [] };

describe('device variables', () => {
	const normalised: readonly (readonly [string, Record<string, string>, Record<string, string>])[] = [
		[
			'config #21: prefixes go, and names that mean nothing',
			{
				FOO: 'x',
				RESIN_SUPERVISOR_LOCAL_MODE: 'false',
				BALENA_SUPERVISOR_POLL_INTERVAL: '1',
				RESIN_SUPERVISOR_POLL_INTERVAL: '2',
				RESIN_HOST_CONFIGFS_ssdt: 'a',
			},
			{ SUPERVISOR_LOCAL_MODE: 'false', SUPERVISOR_POLL_INTERVAL: '1', HOST_CONFIGFS_ssdt: 'a' },
		],
		[
			'a prefix wins over none, whatever the order',
			{ RESIN_SUPERVISOR_DELTA: 'r', SUPERVISOR_DELTA: 'n' },
			{ SUPERVISOR_DELTA: 'r' },
		],
		[
			'the newer prefix wins, whatever the order',
			{ BALENA_SUPERVISOR_DELTA: 'b', RESIN_SUPERVISOR_DELTA: 'r' },
			{ SUPERVISOR_DELTA: 'b' },
		],
		[
			'both lock overrides stay',
			{ RESIN_OVERRIDE_LOCK: '1', BALENA_SUPERVISOR_OVERRIDE_LOCK: '0' },
			{ OVERRIDE_LOCK: '1', SUPERVISOR_OVERRIDE_LOCK: '0' },
		],
		[
			'host variables of any device type stay',
			{
				BALENA_HOST_FIREWALL_MODE: 'on',
				HOST_CONFIG_gpu_mem: '16',
				'RESIN_HOST_CONFIG_hdmi_mode:1': '4',
				HOST_EXTLINUX_isolcpus: '1',
				HOST_ODMDATA_configuration: '2',
				HOST_SPLASH_IMAGE: 'i',
				HOST_SPLASH_x: 'no',
				RESIN_HOST_LOG_TO_DISPLAY: '0',
				SUPERVISOR_VPN_CONTROL: 'true',
				toString: 'no',
			},
			{
				HOST_FIREWALL_MODE: 'on',
				HOST_CONFIG_gpu_mem: '16',
				'HOST_CONFIG_hdmi_mode:1': '4',
				HOST_EXTLINUX_isolcpus: '1',
				HOST_ODMDATA_configuration: '2',
				HOST_SPLASH_IMAGE: 'i',
				SUPERVISOR_VPN_CONTROL: 'true',
			},
		],
		['only one prefix goes', { BALENA_RESIN_SUPERVISOR_DELTA: '1' }, {}],
	];
	for (const [name, given, expected] of normalised) {
		it(name, () => {
			expect(normaliseVariables(given)).to.deep.equal(expected);
		});
	}

	it('config #22: OVERRIDE_LOCK decides', () => {
		const given = { RESIN_OVERRIDE_LOCK: '1', BALENA_SUPERVISOR_OVERRIDE_LOCK: '0' };
		const stored = variablesToStore(given);
		expect(stored).to.deep.equal({ OVERRIDE_LOCK: '1', SUPERVISOR_OVERRIDE_LOCK: '1' });
		expect(variablesToStore(stored)).to.deep.equal(stored);
		expect(settingsToChange(stored, CURRENT).settings).to.deep.equal({ lockOverride: true });
	});

	it('config #23: the defaults', () => {
		expect(DEFAULT_VARIABLES).to.deep.equal({
			SUPERVISOR_POLL_INTERVAL: '900000',
			SUPERVISOR_INSTANT_UPDATE_TRIGGER: 'true',
			SUPERVISOR_LOCAL_MODE: 'false',
			SUPERVISOR_CONNECTIVITY_CHECK: 'true',
			SUPERVISOR_LOG_CONTROL: 'true',
			SUPERVISOR_API_REQUEST_TIMEOUT: '59000',
			SUPERVISOR_DELTA: 'false',
			SUPERVISOR_DELTA_REQUEST_TIMEOUT: '59000',
			SUPERVISOR_DELTA_APPLY_TIMEOUT: '0',
			SUPERVISOR_DELTA_RETRY_COUNT: '30',
			SUPERVISOR_DELTA_RETRY_INTERVAL: '10000',
			SUPERVISOR_DELTA_VERSION: '2',
			SUPERVISOR_OVERRIDE_LOCK: 'false',
			SUPERVISOR_PERSISTENT_LOGGING: 'false',
			HOST_FIREWALL_MODE: 'off',
			HOST_DISCOVERABILITY: 'true',
			SUPERVISOR_HARDWARE_METRICS: 'true',
			SUPERVISOR_VPN_CONTROL: 'true',
		});
	});

	it('changes nothing where all is as the target wants it', () => {
		expect(settingsToChange({}, CURRENT)).to.deep.equal(NOTHING);
		expect(settingsToChange(variablesOf(SETTINGS), CURRENT)).to.deep.equal(NOTHING);
	});

	it('goes back to the default of a variable that the target lost', () => {
		const current = { ...CURRENT, pollIntervalMs: 600_000, firewallMode: undefined };
		expect(settingsToChange({}, current).settings).to.deep.equal({
			pollIntervalMs: 900_000,
			firewallMode: 'off',
		});
	});

	it('config #26: persistent logging takes a reboot', () => {
		expect(settingsToChange({ SUPERVISOR_PERSISTENT_LOGGING: 'on' }, CURRENT)).to.deep.equal({
			settings: { persistentLogging: true },
			variables: { SUPERVISOR_PERSISTENT_LOGGING: 'on' },
			afterReboot: { persistentLogging: 'true' },
			warnings: [],
		});
	});

	it('config #27: an empty poll interval counts as the default, with a warning where that changes something', () => {
		const target = { SUPERVISOR_POLL_INTERVAL: '' };
		expect(settingsToChange(target, CURRENT)).to.deep.equal(NOTHING);
		expect(settingsToChange(target, { ...CURRENT, pollIntervalMs: 600_000 })).to.deep.equal({
			settings: { pollIntervalMs: 900_000 },
			variables: { SUPERVISOR_POLL_INTERVAL: '900000' },
			afterReboot: {},
			warnings: [
				"Warning: Ignoring invalid device configuration value for appUpdatePollInterval, value: ''. " +
					'Falling back to default (900000)',
			],
		});
	});

	it('config #28: neither true nor false counts as the default', () => {
		const target = { SUPERVISOR_DELTA: 'foo' };
		expect(settingsToChange(target, CURRENT)).to.deep.equal(NOTHING);
		const plan = settingsToChange(target, { ...CURRENT, delta: true });
		expect(plan.settings).to.deep.equal({ delta: false });
		expect(plan.warnings).to.have.lengthOf(1);
	});

	it('config #30: an unmanaged device is in local mode unless the target says otherwise', () => {
		const current = { ...CURRENT, unmanaged: true };
		expect(settingsToChange({}, current).settings).to.deep.equal({ localMode: true });
		expect(settingsToChange({ SUPERVISOR_LOCAL_MODE: 'off' }, current)).to.deep.equal(NOTHING);
	});

	for (const [text, wanted] of [
		['false', false],
		['off', false],
		['1', true],
		['fasle', true],
		['', true],
	] as const) {
		it(`the VPN with ${JSON.stringify(text)} is ${wanted ? 'on' : 'off'}`, () => {
			expect(wantsVpn({ SUPERVISOR_VPN_CONTROL: text })).to.equal(wanted);
		});
	}

	it('the VPN is on by default', () => {
		expect(wantsVpn({})).to.be.true;
	});

	it('comes to rest on a number with something behind it', () => {
		const { settings } = settingsToChange({ SUPERVISOR_DELTA_RETRY_COUNT: '5x' }, CURRENT);
		expect(settings).to.deep.equal({ deltaRetryCount: 5 });
		expect(settingsToChange({ SUPERVISOR_DELTA_RETRY_COUNT: '5x' }, { ...CURRENT, ...settings })).to.deep.equal(
			NOTHING,
		);
	});

	it('shows what is set in the form of variables', () => {
		expect(variablesOf({ ...SETTINGS, firewallMode: undefined })).to.include({
			HOST_FIREWALL_MODE: '',
			SUPERVISOR_POLL_INTERVAL: '900000',
			SUPERVISOR_DELTA: 'false',
		});
	});
});
