import type { FirewallRule, FirewallRules, ForeignChain, IpFamily } from './plan-firewall.ts';

/**
 * What stands in the foreign chains: the lines of `iptables -S <chain>`. Left out is a chain that is not there; one that
 * could not be read must not count as such.
 */
export type ForeignChains = Readonly<Partial<Record<ForeignChain, readonly string[]>>>;

export interface RestoreCommand {
	readonly program: 'iptables-restore' | 'ip6tables-restore';
	readonly args: readonly string[];
	readonly input: string;
}

const BUILT_IN: readonly ForeignChain[] = ['INPUT'];

/** One transaction: either all of it holds afterwards, or what was there before. */
export function restoreCommand(family: IpFamily, rules: FirewallRules, foreign: ForeignChains): RestoreCommand {
	return {
		program: family === 'v4' ? 'iptables-restore' : 'ip6tables-restore',
		args: ['--noflush', '--verbose'],
		input: restoreText(rules, foreign),
	};
}

/**
 * Fills our chains anew and leaves those of others as they are. To name a chain at the top is to empty it, so only ours
 * are named, and such that are not there yet. A jump stays where it is, because users move it.
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
		// At the head: behind them may stand a RETURN or an ACCEPT of everything.
		...missing.map(({ from, to }) => `-I ${from} 1 -j ${to}`),
		...own.flatMap(([chain, list]) => [
			`-F ${chain}`,
			...list.map((rule) => `-A ${chain} ${ruleArgs(rule).join(' ')}`),
		]),
		'COMMIT',
		'',
	].join('\n');
}

/** As behind `iptables -A <chain>`. */
export function ruleArgs(rule: FirewallRule): readonly string[] {
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

/** The output of `iptables -S <chain>` as lines. */
export function parseChainListing(output: string): readonly string[] {
	return output
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line.startsWith('-A '));
}
