import type { NetworkInspection } from '../../ports/engine.ts';

/** The bridge on which services reach the device API (spec: compose 6.5). Its firewall rules name it. */
export const SUPERVISOR_NETWORK = 'supervisor0';
const SUBNET = '10.114.104.0/25';
const GATEWAY = '10.114.104.1';
const BRIDGE_NAME = 'com.docker.network.bridge.name';

export const supervisorNetworkBody: object = {
	Name: SUPERVISOR_NETWORK,
	Options: { [BRIDGE_NAME]: SUPERVISOR_NETWORK },
	IPAM: { Driver: 'default', Config: [{ Subnet: SUBNET, Gateway: GATEWAY }] },
	CheckDuplicate: true,
};

/**
 * Whether this network is `supervisor0` with the address that services expect. What the engine does not show (Podman: the
 * addresses of some networks) does not count: a network that is recreated for it would look the same again.
 */
export function isSupervisorNetwork({ Name, Options, IPAM }: NetworkInspection): boolean {
	const first = IPAM.Config?.[0];
	return (
		Name === SUPERVISOR_NETWORK &&
		(Options === null || Options[BRIDGE_NAME] === SUPERVISOR_NETWORK) &&
		(IPAM.Config == null || (first?.['Subnet'] === SUBNET && first['Gateway'] === GATEWAY))
	);
}

/** Where services on a bridge find the device API. */
export const SUPERVISOR_ADDRESS = GATEWAY;
