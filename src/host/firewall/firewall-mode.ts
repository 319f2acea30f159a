import type { AppSpec } from '../../domain/target.ts';

export type FirewallMode = 'on' | 'off' | 'auto';

export interface ParsedFirewallMode {
	readonly mode: FirewallMode;
	/** What to warn of: the value was none that is known. */
	readonly warning?: string;
}

/** Also the value of a device that was never told any is none. */
export function parseFirewallMode(value: string | undefined): ParsedFirewallMode {
	switch (value) {
		case 'on':
		case 'off':
		case 'auto':
			return { mode: value };
		default:
			return { mode: 'off', warning: `Invalid firewall mode: ${value ?? ''}. Reverting to state: off` };
	}
}

/** With `auto`, a service that can open ports of the host turns the firewall on. */
export function hasHostNetworkService(apps: readonly AppSpec[]): boolean {
	return apps.some(({ services }) => services.some(({ config }) => config.networkMode === 'host'));
}
