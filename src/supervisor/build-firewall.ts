import { Iptables } from '../adapters/host/index.ts';
import { portOverride } from '../config/index.ts';
import { Firewall, hasHostNetworkService } from '../host/index.ts';
import type { Core } from './core.ts';

/** `undefined` with `KEEP_FIREWALL`: the firewall of the machine stays unchanged. */
export function buildFirewall({ options, config, targets, systemLog }: Core): Firewall | undefined {
	if (options.environment.keepsFirewall) {
		return undefined;
	}
	const firewall = new Firewall({
		filter: new Iptables(),
		settings: async () => {
			const settings = await config.read();
			const { firewallMode: mode, localMode: isLocalMode, listenPort } = settings;
			return { mode, isLocalMode, listenPort, listenPortOverride: portOverride(settings) };
		},
		hasHostNetworkService: async () => hasHostNetworkService((await targets.read())?.apps ?? []),
		clock: options.clock,
		log: options.log.child('firewall'),
		systemLog,
	});
	config.onChange((next, previous) => {
		if (next.firewallMode !== previous.firewallMode || next.localMode !== previous.localMode) {
			firewall.changed();
		}
	});
	targets.onChange(() => {
		firewall.changed();
	});
	return firewall;
}
