import type { IpFamily } from '../../ports/packet-filter.ts';
import type { FirewallMode } from './firewall-mode.ts';

/** Of all traffic that it does not narrow down, this rule says what becomes of it. */
export interface FirewallRule {
	readonly protocol?: 'tcp' | 'udp' | 'icmp';
	readonly port?: number;
	/** Through which the traffic comes in; `br+` is every name that begins with `br`. */
	readonly interfaceName?: string;
	/** A connection that was let in, or what it has brought about. */
	readonly isEstablished?: true;
	readonly sourceType?: 'LOCAL';
	readonly destinationType?: 'MULTICAST';
	readonly verdict: 'ACCEPT' | 'REJECT' | 'RETURN';
}

/** Ours alone: no other program puts rules there. The names are known to users. */
export type OwnChain = 'BALENA-FIREWALL' | 'BALENA-SUPERVISOR';
/** Chains of the kernel, the engine and the user, of which only a single jump is ours. */
export type ForeignChain = 'INPUT' | 'DOCKER-USER';

export interface FirewallRules {
	/** In the order in which they are tried. */
	readonly chains: Readonly<Record<OwnChain, readonly FirewallRule[]>>;
	/** What leads to our chains. */
	readonly jumps: readonly { readonly from: ForeignChain; readonly to: OwnChain }[];
}

export interface FirewallFacts {
	readonly mode: FirewallMode;
	readonly hasHostNetworkService: boolean;
	readonly isLocalMode: boolean;
	readonly listenPort: number;
	/** Where the API listens if another agent of the device stands on `listenPort` before it. */
	readonly listenPortOverride?: number | undefined;
}

const VPN = 'resin-vpn';
const SUPERVISOR_BRIDGE = 'supervisor0';
/** From where the API may be called: the cloud, the containers, the device itself. */
const API_INTERFACES: readonly string[] = [VPN, 'tun0', 'docker0', 'lo', SUPERVISOR_BRIDGE];
const SSH_PORT = 22_222;
const ENGINE_PORT = 2375;
const DNS_PORT = 53;

/** The rules for a device (spec: host 10). Those that guard the API hold in every mode. */
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
	// Who develops on a device calls it from the local network.
	const isOpen = isLocalMode && listenPortOverride === undefined;
	return [
		...(isOpen
			? [{ protocol: 'tcp', port, verdict: 'ACCEPT' } as const]
			: interfaces.map((interfaceName) => ({ protocol: 'tcp', port, interfaceName, verdict: 'ACCEPT' }) as const)),
		{ protocol: 'tcp', port, verdict: 'REJECT' },
	];
}

/** The agent that listens on our port is a container, so its traffic is forwarded and never meets INPUT. */
function overrideRules({ isLocalMode, listenPort, listenPortOverride }: FirewallFacts): readonly FirewallRule[] {
	if (listenPortOverride === undefined || isLocalMode) {
		return [];
	}
	return [
		{ protocol: 'tcp', port: listenPort, interfaceName: VPN, verdict: 'ACCEPT' },
		{ protocol: 'tcp', port: listenPort, verdict: 'REJECT' },
	];
}
