import { parseFirewallMode, planFirewall, restoreText } from '../../src/host/firewall/index.ts';
import type { IpFamily } from '../../src/ports/packet-filter.ts';
import { FakeFilterTable } from '../support/fake-filter-table.ts';

interface FirewallInput {
	readonly firewallMode: string | null;
	readonly hostNetworkService: boolean;
	readonly listenPort: number;
	readonly listenPortOverride?: number | null;
	readonly localMode: boolean;
}

/** The rules as the kernel lists them, after our text has met the chains of an engine. */
export function answerFirewall(input: FirewallInput, expected: Readonly<Record<IpFamily, readonly string[]>>) {
	const planned = planFirewall({
		mode: parseFirewallMode(input.firewallMode ?? undefined).mode,
		hasHostNetworkService: input.hostNetworkService,
		isLocalMode: input.localMode,
		listenPort: input.listenPort,
		listenPortOverride: input.listenPortOverride ?? undefined,
	});
	const list = (family: IpFamily) => {
		const table = new FakeFilterTable(family, { 'DOCKER-USER': ['-j RETURN'] });
		table.restore(restoreText(planned[family], table.foreignChains()));
		return table.list().filter((line) => line.includes('BALENA-'));
	};
	return { actual: { v4: list('v4'), v6: list('v6') }, expected };
}
