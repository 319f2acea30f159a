import type { IpFamily } from '../../ports/packet-filter.ts';
import type { FirewallMode } from './firewall-mode.ts';

/** The verdict on all traffic that the rule matches. */
export interface FirewallRule {
	readonly protocol?: 'tcp' | 'udp' | 'icmp';
	readonly port?: number;
	/** The incoming interface; `br+` matches every name that begins with `br`. */
	readonly interfaceName?: string;
	/** An accepted connection, or one related to it. */
	readonly isEstablished?: true;
	readonly sourceType?: 'LOCAL';
	readonly destinationType?: 'MULTICAST';
	readonly verdict: 'ACCEPT' | 'REJECT' | 'RETURN';
}

/** Only ours: no other program adds rules to them. Users know their names. */
export type OwnChain = 'BALENA-FIREWALL' | 'BALENA-SUPERVISOR';
/** Chains of the kernel, the engine and the user, in which only a single jump is ours. */
export type ForeignChain = 'INPUT' | 'DOCKER-USER';

export interface FirewallRules {
	/** In the order in which they are tried. */
	readonly chains: Readonly<Record<OwnChain, readonly FirewallRule[]>>;
	/** Jumps to our chains. */
	readonly jumps: readonly { readonly from: ForeignChain; readonly to: OwnChain }[];
}

export interface FirewallFacts {
	readonly mode: FirewallMode;
	readonly hasHostNetworkService: boolean;
	readonly isLocalMode: boolean;
	readonly listenPort: number;
	/** The port of the API if another agent of the device takes `listenPort` in front of it. */
	readonly listenPortOverride?: number | undefined;
}

const VPN = 'resin-vpn';
const SUPERVISOR_BRIDGE = 'supervisor0';
/** The origins that may call the API: the cloud, the containers, the device itself. */
const API_INTERFACES: readonly string[] = [VPN, 'tun0', 'docker0', 'lo', SUPERVISOR_BRIDGE];
const SSH_PORT = 22_222;
const ENGINE_PORT = 2375;
const DNS_PORT = 53;

/** The rules of a device (spec: host 10). Those that protect the API apply in every mode. */
export function planFirewall(facts: FirewallFacts): Readonly<Record<IpFamily, FirewallRules>> {
	const toInput = { from: 'INPUT', to: 'BALENA-FIREWALL' } as const;
	const toSupervisor = { from: 'DOCKER-USER', to: 'BALENA-SUPERVISOR' } as const;
	const firewall = inputRules(facts);
	return {
		v4: {
			chains: { 'BALENA-FIREWALL': firewall, 'BALENA-SUPERVISOR': overrideRules(facts) },
			jumps: [toInput, toSupervisor],
		},
		v6: { chains: { 'BALENA-FIREWALL': firewall, 'BALENA-SUPERVISOR': [] }, jumps: [toInput] },
	};
}

function inputRules(facts: FirewallFacts): readonly FirewallRule[] {
	const isOff = facts.mode === 'off' || (facts.mode === 'auto' && !facts.hasHostNetworkService);
	return [
		{ isEstablished: true, verdict: 'ACCEPT' },
		{ sourceType: 'LOCAL', verdict: 'ACCEPT' },
		...apiRules(facts),
		{ protocol: 'tcp', port: SSH_PORT, verdict: 'ACCEPT' },
		{ protocol: 'tcp', port: ENGINE_PORT, verdict: 'ACCEPT' },
		{ destinationType: 'MULTICAST', verdict: 'ACCEPT' },
		{ protocol: 'icmp', verdict: 'ACCEPT' },
		{ protocol: 'udp', port: DNS_PORT, interfaceName: 'balena0', verdict: 'ACCEPT' },
		{ protocol: 'udp', port: DNS_PORT, interfaceName: 'br+', verdict: 'ACCEPT' },
		...(isOff ? [{ verdict: 'RETURN' } as const] : []),
		{ verdict: 'REJECT' },
	];
}

function apiRules({ isLocalMode, listenPort, listenPortOverride }: FirewallFacts): readonly FirewallRule[] {
	const port = listenPortOverride ?? listenPort;
	const interfaces = listenPortOverride === undefined ? API_INTERFACES : [SUPERVISOR_BRIDGE];
	// A developer calls the device from the local network.
	const isOpen = isLocalMode && listenPortOverride === undefined;
	return [
		...(isOpen
			? [{ protocol: 'tcp', port, verdict: 'ACCEPT' } as const]
			: interfaces.map((interfaceName) => ({ protocol: 'tcp', port, interfaceName, verdict: 'ACCEPT' }) as const)),
		{ protocol: 'tcp', port, verdict: 'REJECT' },
	];
}

/** The agent that listens on our port is a container, so its traffic is forwarded and never reaches INPUT. */
function overrideRules({ isLocalMode, listenPort, listenPortOverride }: FirewallFacts): readonly FirewallRule[] {
	if (listenPortOverride === undefined || isLocalMode) {
		return [];
	}
	return [
		{ protocol: 'tcp', port: listenPort, interfaceName: VPN, verdict: 'ACCEPT' },
		{ protocol: 'tcp', port: listenPort, verdict: 'REJECT' },
	];
}
