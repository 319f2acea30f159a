import { Iptables } from '../adapters/host/index.ts';
import { Firewall, hasHostNetworkService } from '../host/index.ts';
import type { Component } from '../lib/lifecycle.ts';
import type { Core } from './core.ts';

/** `undefined` with `KEEP_FIREWALL`: the firewall of the machine stays unchanged. */
export function buildFirewall({ options, config, targets, systemLog }: Core): Component | undefined {
	if (options.environment.keepsFirewall) {
		return undefined;
	}
	const firewall = new Firewall({
		filter: new Iptables(),
		settings: async () => {
			const { firewallMode, localMode, listenPort, listenPortOverride } = await config.getMany([
				'firewallMode',
				'localMode',
				'listenPort',
				'listenPortOverride',
			]);
			const isOverridden = listenPortOverride != null && listenPortOverride !== 0;
			return {
				mode: firewallMode ?? undefined,
				isLocalMode: localMode,
				listenPort,
				listenPortOverride: isOverridden ? listenPortOverride : undefined,
			};
		},
		hasHostNetworkService: async () => hasHostNetworkService((await targets.read())?.apps ?? []),
		clock: options.clock,
		log: options.log.child('firewall'),
		systemLog,
	});
	config.onChange(({ firewallMode, localMode }) => {
		if (firewallMode !== undefined || localMode !== undefined) {
			firewall.changed();
		}
	});
	targets.onChange(() => {
		firewall.changed();
	});
	return firewall;
}
