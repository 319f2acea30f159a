import { expect } from 'chai';
import { join } from 'node:path';
import {
	foreignChainsOf,
	hasHostNetworkService,
	ownLinesOf,
	parseFirewallMode,
	planFirewall,
	restoreText,
	type FirewallFacts,
} from '../../../../src/host/firewall/index.ts';
import type { TargetApp } from '../../../../src/domain/target.ts';
import type { IpFamily } from '../../../../src/ports/packet-filter.ts';
import { FakeFilterTable } from '../../../support/fake-filter-table.ts';
import { answerFirewall } from '../../../vectors/answer-firewall.ts';
import { runVectors } from '../../../vectors/run-vectors.ts';

const VECTORS = join(import.meta.dirname, '../../../fixtures/vectors');
const FACTS: FirewallFacts = { mode: 'off', hasHostNetworkService: false, isLocalMode: false, listenPort: 48484 };

function apply(table: FakeFilterTable, facts: Partial<FirewallFacts> = {}, family: IpFamily = 'v4'): void {
	table.restore(restoreText(planFirewall({ ...FACTS, ...facts })[family], table.foreignChains()));
}

/** What our chain holds on a device of these facts, without what the kernel adds. */
function firewallOf(facts: Partial<FirewallFacts>, family: IpFamily = 'v4', chain = 'BALENA-FIREWALL') {
	const table = new FakeFilterTable(family);
	apply(table, facts, family);
	return table.rules(chain).map((rule) => rule.replace(/ -m tcp| --reject-with \S+/g, ''));
}

const aboutPort = (port: number) => (rule: string) => rule.includes(`--dport ${port} `);

describe('firewall: golden vectors', () => {
	for (const { name, actual, expected } of runVectors(VECTORS, { firewall: answerFirewall })) {
		it(name, () => expect(actual).to.deep.equal(expected));
	}
});

describe('the firewall', () => {
	const modes: readonly (readonly [Partial<FirewallFacts>, boolean])[] = [
		[{ mode: 'off' }, true],
		[{ mode: 'off', hasHostNetworkService: true }, true],
		[{ mode: 'on' }, false],
		[{ mode: 'on', hasHostNetworkService: true }, false],
		[{ mode: 'auto' }, true],
		[{ mode: 'auto', hasHostNetworkService: true }, false],
	];
	for (const [facts, isOpen] of modes) {
		it(`host #35: lets ${isOpen ? 'other traffic' : 'nothing else'} in with ${JSON.stringify(facts)}`, () => {
			for (const family of ['v4', 'v6'] as const) {
				expect(firewallOf(facts, family).slice(isOpen ? -2 : -1)).to.deep.equal(
					isOpen ? ['-j RETURN', '-j REJECT'] : ['-j REJECT'],
				);
				expect(firewallOf(facts, family).includes('-j RETURN')).to.equal(isOpen);
			}
		});
	}

	it('device-api #81: is off with an unknown mode, and says so', () => {
		const warning = (value: string) => `Invalid firewall mode: ${value}. Reverting to state: off`;
		expect(parseFirewallMode('bogus')).to.deep.equal({ mode: 'off', warning: warning('bogus') });
		expect(parseFirewallMode('')).to.deep.equal({ mode: 'off' });
		expect(parseFirewallMode(undefined)).to.deep.equal({ mode: 'off' });
		expect(parseFirewallMode('ON').mode).to.equal('off');
		for (const mode of ['on', 'off', 'auto'] as const) {
			expect(parseFirewallMode(mode)).to.deep.equal({ mode });
		}
	});

	it('device-api #80: lets the API be called from five interfaces only, in every mode', () => {
		const accepted = ['resin-vpn', 'tun0', 'docker0', 'lo', 'supervisor0'];
		for (const mode of ['on', 'off', 'auto'] as const) {
			expect(firewallOf({ mode }).filter(aboutPort(48_484))).to.deep.equal([
				...accepted.map((name) => `-i ${name} -p tcp --dport 48484 -j ACCEPT`),
				'-p tcp --dport 48484 -j REJECT',
			]);
		}
	});

	it('host #36: lets the API be called from everywhere in local mode', () => {
		expect(firewallOf({ isLocalMode: true, listenPort: 80 }).filter(aboutPort(80))).to.deep.equal([
			'-p tcp --dport 80 -j ACCEPT',
			'-p tcp --dport 80 -j REJECT',
		]);
	});

	for (const isLocalMode of [false, true]) {
		it(`device-api #82: guards the port of an override${isLocalMode ? ', also in local mode' : ''}`, () => {
			const facts = { isLocalMode, listenPortOverride: 48_480 };
			for (const family of ['v4', 'v6'] as const) {
				const rules = firewallOf(facts, family);
				expect(rules.filter(aboutPort(48_484))).to.deep.equal([]);
				expect(rules.filter(aboutPort(48_480))).to.deep.equal([
					'-i supervisor0 -p tcp --dport 48480 -j ACCEPT',
					'-p tcp --dport 48480 -j REJECT',
				]);
			}
			expect(firewallOf(facts, 'v6', 'BALENA-SUPERVISOR')).to.deep.equal([]);
			expect(firewallOf(facts, 'v4', 'BALENA-SUPERVISOR')).to.deep.equal(
				isLocalMode ? [] : ['-i resin-vpn -p tcp --dport 48484 -j ACCEPT', '-p tcp --dport 48484 -j REJECT'],
			);
		});
	}

	it('takes a service in the network of the host for a reason to be on', () => {
		const app = (...services: readonly object[]) => {
			const release = { services: Object.fromEntries(services.map((composition, at) => [at, { composition }])) };
			return { release } as unknown as TargetApp;
		};
		expect(hasHostNetworkService([])).to.equal(false);
		expect(hasHostNetworkService([{}, app(), app({ network_mode: 'bridge' }, { network: 'host' })])).to.equal(false);
		for (const key of ['network_mode', 'networkMode', 'network-mode']) {
			expect(hasHostNetworkService([app({}, { [key]: 'host' })])).to.equal(true);
		}
	});
});

describe('applying the firewall', () => {
	const userChains = { INPUT: ['-s 10.0.0.1/32 -j DROP'], 'DOCKER-USER': ['-s 10.0.0.2/32 -j DROP', '-j RETURN'] };

	it('host #34: puts the jumps at the head and leaves what others have put there', () => {
		const table = new FakeFilterTable('v4', userChains);
		apply(table);
		expect(table.rules('INPUT')).to.deep.equal(['-j BALENA-FIREWALL', ...userChains.INPUT]);
		// The predecessor emptied it, and the user's rules with it (spec: device-api, accident 11).
		expect(table.rules('DOCKER-USER')).to.deep.equal(['-j BALENA-SUPERVISOR', ...userChains['DOCKER-USER']]);
	});

	it('host #34: keeps a jump where the user has moved it', () => {
		const moved = ['-s 10.0.0.1/32 -j DROP', '-s 10.0.0.3/32 -j ACCEPT', '-j BALENA-FIREWALL'];
		const table = new FakeFilterTable('v4', { ...userChains, INPUT: moved, 'BALENA-FIREWALL': ['-j ACCEPT'] });
		apply(table);
		expect(table.rules('INPUT')).to.deep.equal(moved);
		expect(table.rules('BALENA-FIREWALL')).to.deep.equal(tableAfter('v4').rules('BALENA-FIREWALL'));
	});

	it('host #34: leaves a rule that was added between two runs', () => {
		const table = tableAfter('v4');
		const grown = new FakeFilterTable('v4', {
			...Object.fromEntries(['INPUT', 'BALENA-FIREWALL', 'BALENA-SUPERVISOR'].map((name) => [name, table.rules(name)])),
			'DOCKER-USER': ['-s 10.0.0.9/32 -j DROP', ...table.rules('DOCKER-USER')],
		});
		apply(grown, { mode: 'on' });
		expect(grown.rules('DOCKER-USER')).to.deep.equal(['-s 10.0.0.9/32 -j DROP', '-j BALENA-SUPERVISOR']);
	});

	it('again changes nothing', () => {
		for (const family of ['v4', 'v6'] as const) {
			const table = tableAfter(family);
			const before = table.list();
			apply(table, {}, family);
			expect(table.list()).to.deep.equal(before);
		}
	});

	it('does not take a jump under a condition, or to a chain of a similar name, for its own', () => {
		const others = ['-s 10.0.0.1/32 -j BALENA-FIREWALL', '-j BALENA-FIREWALL-2'];
		const table = new FakeFilterTable('v4', { INPUT: others, 'BALENA-FIREWALL': [], 'BALENA-FIREWALL-2': [] });
		apply(table);
		expect(table.rules('INPUT')).to.deep.equal(['-j BALENA-FIREWALL', ...others]);
	});

	it('makes the chain of the engine where there is none yet, in IPv4', () => {
		expect(tableAfter('v4').rules('DOCKER-USER')).to.deep.equal(['-j BALENA-SUPERVISOR']);
		expect(
			tableAfter('v6')
				.list()
				.filter((line) => line.includes('DOCKER-USER')),
		).to.deep.equal([]);
	});

	it('never names the chain of the kernel at the top, which would empty it', () => {
		const text = restoreText(planFirewall(FACTS).v4, {});
		expect(text.split('\n').filter((line) => line.startsWith(':'))).to.deep.equal([
			':BALENA-FIREWALL - [0:0]',
			':BALENA-SUPERVISOR - [0:0]',
			':DOCKER-USER - [0:0]',
		]);
	});

	it('knows from the listing which chains are there, and what in them is ours', () => {
		const listing = [
			...[
				'-P INPUT ACCEPT',
				'-N BALENA-FIREWALL',
				'-N BALENA-FIREWALL-2',
				'-N DOCKER-USER',
				'-A INPUT -i lo -j ACCEPT',
			],
			...['-A INPUT -j BALENA-FIREWALL', '-A INPUT -j BALENA-FIREWALL-2', '-A BALENA-FIREWALL -j REJECT'],
			...['-A BALENA-FIREWALL-2 -j ACCEPT', '-A INPUT -i lo -j BALENA-FIREWALL'],
		];
		expect(foreignChainsOf(listing)).to.deep.equal({
			INPUT: listing.filter((line) => line.startsWith('-A INPUT')),
			'DOCKER-USER': [],
		});
		expect(foreignChainsOf(['-P INPUT DROP'])).to.deep.equal({ INPUT: [] });
		expect(ownLinesOf(listing)).to.deep.equal([
			'-N BALENA-FIREWALL',
			'-A INPUT -j BALENA-FIREWALL',
			'-A BALENA-FIREWALL -j REJECT',
		]);
	});

	function tableAfter(family: IpFamily): FakeFilterTable {
		const table = new FakeFilterTable(family);
		apply(table, {}, family);
		return table;
	}
});
