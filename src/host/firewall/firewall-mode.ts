import type { TargetApp } from '../../domain/target.ts';

export type FirewallMode = 'on' | 'off' | 'auto';

interface ParsedFirewallMode {
	readonly mode: FirewallMode;
	/** Set if the value is no known mode. */
	readonly warning?: string;
}

/** Absent counts as off, and so does empty: the variable of a device on which it was never set. */
export function parseFirewallMode(value: string | undefined): ParsedFirewallMode {
	switch (value) {
		case undefined:
		case '':
			return { mode: 'off' };
		case 'on':
		case 'off':
		case 'auto':
			return { mode: value };
		default:
			return { mode: 'off', warning: `Invalid firewall mode: ${value}. Reverting to state: off` };
	}
}

/** Compose keys are read in every spelling. */
const NETWORK_MODE = /^network[-_ ]?mode$/i;

/** With `auto`, a service that can open ports of the host turns the firewall on. */
export function hasHostNetworkService(apps: readonly Pick<TargetApp, 'release'>[]): boolean {
	return apps.some(({ release }) =>
		Object.values(release?.services ?? {}).some(({ composition }) =>
			Object.entries(composition).some(([key, value]) => NETWORK_MODE.test(key) && value === 'host'),
		),
	);
}
