import type { FirewallRule, FirewallRules, ForeignChain, OwnChain } from './plan-firewall.ts';

/** The present lines of the foreign chains: `iptables -S` of each. A chain that does not exist is left out. */
export type ForeignChains = Readonly<Partial<Record<ForeignChain, readonly string[]>>>;

const FOREIGN: readonly ForeignChain[] = ['INPUT', 'DOCKER-USER'];
const OWN: readonly OwnChain[] = ['BALENA-FIREWALL', 'BALENA-SUPERVISOR'];
const BUILT_IN: readonly ForeignChain[] = ['INPUT'];

/**
 * Refills our chains and leaves those of others unchanged. Naming a chain at the top empties it, so only our chains are
 * named, and missing ones. A jump stays where it is, because users move it.
 */
export function restoreText(rules: FirewallRules, foreign: ForeignChains): string {
	const own = Object.entries(rules.chains);
	const missing = rules.jumps.filter(({ from, to }) => foreign[from]?.includes(`-A ${from} -j ${to}`) !== true);
	const absent = missing
		.map(({ from }) => from)
		.filter((from) => !BUILT_IN.includes(from) && foreign[from] === undefined);
	return [
		'# iptables-restore -- Balena Firewall',
		'*filter',
		...[...own.map(([chain]) => chain), ...absent].map((chain) => `:${chain} - [0:0]`),
		// First: a RETURN or an ACCEPT of everything may stand in the chain.
		...missing.map(({ from, to }) => `-I ${from} 1 -j ${to}`),
		...own.flatMap(([chain, list]) => [
			`-F ${chain}`,
			...list.map((rule) => `-A ${chain} ${ruleArgs(rule).join(' ')}`),
		]),
		'COMMIT',
		'',
	].join('\n');
}

/** The arguments after `iptables -A <chain>`. */
function ruleArgs(rule: FirewallRule): readonly string[] {
	return [
		...(rule.protocol === undefined ? [] : ['-p', rule.protocol]),
		...(rule.port === undefined ? [] : ['--dport', String(rule.port)]),
		...(rule.interfaceName === undefined ? [] : ['-i', rule.interfaceName]),
		...(rule.isEstablished === undefined ? [] : ['-m', 'state', '--state', 'ESTABLISHED,RELATED']),
		...(rule.sourceType === undefined ? [] : ['-m', 'addrtype', '--src-type', rule.sourceType]),
		...(rule.destinationType === undefined ? [] : ['-m', 'addrtype', '--dst-type', rule.destinationType]),
		'-j',
		rule.verdict,
	];
}

/** From the lines of `iptables -S`. */
export function foreignChainsOf(listing: readonly string[]): ForeignChains {
	const there = FOREIGN.filter((chain) =>
		listing.some((line) => line === `-N ${chain}` || line.startsWith(`-P ${chain} `)),
	);
	return Object.fromEntries(there.map((chain) => [chain, listing.filter((line) => line.startsWith(`-A ${chain} `))]));
}

/** Our lines of `iptables -S`: while they stay the same, they were not changed outside the supervisor. */
export function ownLinesOf(listing: readonly string[]): readonly string[] {
	return listing.filter((line) => {
		const [action, chain, ...rest] = line.split(' ');
		return (
			(action !== '-P' && OWN.some((own) => own === chain)) ||
			(rest.length === 2 && rest[0] === '-j' && OWN.some((own) => own === rest[1]))
		);
	});
}
