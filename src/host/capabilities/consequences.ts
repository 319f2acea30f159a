import type { CapabilityName } from '../../domain/capability.ts';

/** What does not work on a host that lacks it. */
export const CONSEQUENCES: Readonly<Record<CapabilityName, string>> = {
	engine: 'no container is observed or changed until it answers',
	'memory limits': 'mem_limit and deploy.resources.limits.memory have no effect',
	'swap limits': 'memswap_limit has no effect',
	GPUs: 'services that ask for a GPU do not start',
	deltas: 'images are pulled whole',
	journal: 'logs of containers come from the engine, and logs from before a reboot or an update may be lost',
	systemd: 'nothing of the host can be changed: no reboot, hostname, proxy, VPN or host update',
	reboot: 'the device cannot be rebooted or shut down from here; changes that need it wait for one by hand',
	hostname: 'a new hostname is in force only after the next boot',
	VPN: 'the device cannot be reached through the VPN of the cloud',
	mDNS: 'the device cannot be found by its name in the local network',
	'synchronised clock': 'times in logs may be wrong, and certificates may be refused',
	'host update': 'the host OS stays as it is',
	'boot configuration': 'HOST_CONFIG variables have no effect',
	'firewall IPv4': 'the port of the API is not closed to other hosts',
	'firewall IPv6': 'the port of the API is not closed to other hosts over IPv6',
};
