import { foreignChainsOf, type ForeignChains } from '../../src/host/firewall/index.ts';
import type { IpFamily } from '../../src/ports/packet-filter.ts';

/** Chain → its rules, as behind `-A <chain>`. */
type Chains = Readonly<Record<string, readonly string[]>>;

const BUILT_IN = ['INPUT', 'FORWARD', 'OUTPUT'];
const REJECT_WITH: Readonly<Record<IpFamily, string>> = {
	v4: 'icmp-port-unreachable',
	v6: 'icmp6-port-unreachable',
};

/** The filter table of a kernel: does what `iptables-restore --noflush` does, and lists as `iptables -S` does. */
export class FakeFilterTable {
	readonly #family: IpFamily;
	#chains: Map<string, readonly string[]>;

	constructor(family: IpFamily, chains: Chains = {}) {
		this.#family = family;
		const builtIn = BUILT_IN.map((name) => [name, []] as const);
		this.#chains = new Map([...builtIn, ...Object.entries(chains)]);
	}

	/** All of it or nothing. */
	restore(text: string): void {
		const [first, ...rest] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
		if (first !== '*filter' || rest.at(-1) !== 'COMMIT' || !text.endsWith('\n')) {
			throw new Error('not a transaction of the filter table');
		}
		const before = new Map(this.#chains);
		try {
			rest.slice(0, -1).forEach((line) => this.#apply(line));
		} catch (error) {
			this.#chains = before;
			throw error;
		}
	}

	list(): readonly string[] {
		const own = [...this.#chains.keys()].filter((name) => !BUILT_IN.includes(name)).sort();
		return [
			...BUILT_IN.map((name) => `-P ${name} ACCEPT`),
			...own.map((name) => `-N ${name}`),
			...[...BUILT_IN, ...own].flatMap((name) => this.rules(name).map((rule) => `-A ${name} ${rule}`)),
		];
	}

	rules(chain: string): readonly string[] {
		const rules = this.#chains.get(chain);
		if (rules === undefined) {
			throw new Error(`no chain by the name of ${chain}`);
		}
		return rules;
	}

	foreignChains(): ForeignChains {
		return foreignChainsOf(this.list());
	}

	#apply(line: string): void {
		const [, declared] = /^:(\S+) - \[0:0\]$/.exec(line) ?? [];
		if (declared !== undefined) {
			this.#chains.set(declared, []);
			return;
		}
		const [, action = '', chain = '', position = '1', rule = ''] =
			/^-([AIF]) (\S+)(?: (\d+))?(?: (.*))?$/.exec(line) ?? [];
		const rules = this.rules(chain);
		const listed = this.#asListed(rule);
		const index = Number(position) - 1;
		switch (action) {
			case 'A':
				return void this.#chains.set(chain, [...rules, listed]);
			case 'I':
				return void this.#chains.set(chain, rules.toSpliced(index, 0, listed));
			case 'F':
				return void this.#chains.set(chain, []);
			default:
				throw new Error(`cannot read ${line}`);
		}
	}

	/** The order and the words of the kernel's list. */
	#asListed(rule: string): string {
		const take = (pattern: RegExp) => pattern.exec(rule)?.[1];
		const [input, protocol, port] = [take(/-i (\S+)/), take(/-p (\S+)/), take(/--dport (\d+)/)];
		const type = take(/(-m addrtype --(?:src|dst)-type \S+)/);
		const target = take(/-j (\S+)/) ?? '';
		if (target.startsWith('BALENA-')) {
			this.rules(target);
		}
		return [
			input && `-i ${input}`,
			protocol && `-p ${protocol}`,
			port && `-m ${protocol ?? ''} --dport ${port}`,
			rule.includes('-m state --state ESTABLISHED,RELATED') && '-m state --state RELATED,ESTABLISHED',
			type,
			`-j ${target}`,
			target === 'REJECT' && `--reject-with ${REJECT_WITH[this.#family]}`,
		]
			.filter((part) => typeof part === 'string')
			.join(' ');
	}
}
