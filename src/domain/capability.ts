/** What the host of a device can do. */
export const CAPABILITIES = [
	'engine',
	'memory limits',
	'swap limits',
	'GPUs',
	'deltas',
	'journal',
	'systemd',
	'reboot',
	'hostname',
	'VPN',
	'mDNS',
	'synchronised clock',
	'host update',
	'boot configuration',
	'firewall IPv4',
	'firewall IPv6',
] as const;

export type CapabilityName = (typeof CAPABILITIES)[number];

/** What was found: `detail` is a version or a list of names; of what is missing, the reason. */
export type Finding =
	{ readonly isAvailable: true; readonly detail?: string } | { readonly isAvailable: false; readonly detail: string };

export type Findings = Readonly<Partial<Record<CapabilityName, Finding>>>;
