import { comparedSettings, DEFAULT_SETTINGS as UNSET, type Settings } from '../../src/config/index.ts';
import type { DeviceStatePorts } from '../../src/device-state/index.ts';
import type { ConfigChanges } from '../../src/device-state/planner/compare-config.ts';
import type { CurrentConfig } from '../../src/domain/device-config.ts';

/** Every setting as a target without variables wants it. */
const PLAIN_SETTINGS: Settings = { ...UNSET, apiEndpoint: 'https://api.example.com', firewallMode: 'off' };
export const DEFAULT_SETTINGS = comparedSettings(PLAIN_SETTINGS);

/** The configuration of a device that differs in nothing from a target without variables. */
export const PLAIN_CONFIG: CurrentConfig = {
	settings: DEFAULT_SETTINGS,
	boot: { deviceType: 'generic-amd64', backends: [] },
	vpn: { state: 'on' },
};

export const NO_CHANGES: ConfigChanges = { notes: [] };

/** Ports of a device with a plain configuration, which writes do not change. */
export const plainConfigPorts: Pick<DeviceStatePorts, 'config' | 'boot' | 'vpn'> = {
	config: {
		current: () => PLAIN_SETTINGS,
		read: () => Promise.resolve(PLAIN_SETTINGS),
		set: () => Promise.resolve(),
	},
	boot: {
		observe: () => Promise.resolve(PLAIN_CONFIG.boot),
		refresh: () => undefined,
		findDifferences: () => Promise.resolve({ changed: [], warnings: [] }),
		write: () => Promise.resolve(),
	},
	vpn: {
		observe: () => Promise.resolve(PLAIN_CONFIG.vpn),
		refresh: () => undefined,
		set: () => Promise.resolve(),
	},
};
