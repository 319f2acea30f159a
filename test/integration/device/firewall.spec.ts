import { expect } from 'chai';
import { Iptables } from '../../../src/adapters/host/index.ts';
import { Firewall, type FirewallSettings } from '../../../src/host/index.ts';
import { findCommand } from '../../../tools/device/index.ts';
import { recordingLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { readFirewall } from './machine-traces.ts';
import { OwnNetwork } from './own-network.ts';

const JUMP = '-j BALENA-FIREWALL';
const REJECT = { iptables: '--reject-with icmp-port-unreachable', ip6tables: '--reject-with icmp6-port-unreachable' };
const FAMILIES = ['iptables', 'ip6tables'] as const;
const LATER = ['-i balena0 -p udp -m udp --dport 53 -j ACCEPT', '-i br+ -p udp -m udp --dport 53 -j ACCEPT'];

describe('the firewall of a network', function () {
	this.timeout(60_000);
	let network: OwnNetwork;
	let settings: FirewallSettings;
	let usesHostNetwork: boolean;
	let lines: ReturnType<typeof recordingLog>['lines'];
	let userLog: string[];
	let firewall: Firewall;

	before(function () {
		if (process.getuid?.() !== 0 || findCommand('iptables') === undefined || findCommand('ip') === undefined)
			this.skip();
	});
	beforeEach(() => {
		network = new OwnNetwork();
		settings = { mode: 'off', isLocalMode: false, listenPort: 48_484 };
		usesHostNetwork = false;
		firewall = make(new Iptables(network.enter));
	});
	afterEach(() => {
		network.remove();
	});

	function make(filter: Iptables): Firewall {
		const recording = recordingLog();
		({ lines } = recording);
		userLog = [];
		return new Firewall({
			filter,
			settings: () => Promise.resolve(settings),
			hasHostNetworkService: () => Promise.resolve(usesHostNetwork),
			clock: new VirtualClock(),
			log: recording.log,
			systemLog: { write: (message) => userLog.push(message) },
		});
	}

	async function apply(changes: Partial<FirewallSettings> = {}): Promise<void> {
		settings = { ...settings, ...changes };
		await firewall.start();
		expect(lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
	}

	const addRule = (...args: readonly string[]) => network.run('iptables', ...args);
	const inputOf = () => network.rules('iptables', 'INPUT');
	const ofFirewall = (program: (typeof FAMILIES)[number] = 'iptables') => network.rules(program, 'BALENA-FIREWALL');

	it('host #34: leaves what others have put there, in every run', async () => {
		const machine = readFirewall();
		addRule('-A', 'INPUT', '-s', '10.0.0.1', '-j', 'DROP');
		addRule('-A', 'INPUT', '-p', 'tcp', '--dport', '7', '-j', 'ACCEPT');
		addRule('-N', 'DOCKER-USER');
		addRule('-A', 'DOCKER-USER', '-j', 'RETURN');
		const foreign = inputOf();
		await apply();
		expect(inputOf()).to.deep.equal([JUMP, ...foreign]);
		// The predecessor emptied the chain, and the user's rules with it (spec: device-api, accident 11).
		expect(network.rules('iptables', 'DOCKER-USER')).to.deep.equal(['-j BALENA-SUPERVISOR', '-j RETURN']);

		addRule('-D', 'INPUT', '-j', 'BALENA-FIREWALL');
		addRule('-A', 'INPUT', '-j', 'BALENA-FIREWALL');
		addRule('-I', 'DOCKER-USER', '1', '-s', '10.0.0.9', '-j', 'DROP');
		await apply({ mode: 'on' });
		expect(inputOf()).to.deep.equal([...foreign, JUMP]);
		expect(network.rules('iptables', 'DOCKER-USER')).to.deep.equal([
			'-s 10.0.0.9/32 -j DROP',
			'-j BALENA-SUPERVISOR',
			'-j RETURN',
		]);
		expect(readFirewall(), 'rules of the machine').to.equal(machine);
	});

	it('host #34: a restart of the supervisor changes nothing', async () => {
		await apply({ mode: 'on' });
		const before = FAMILIES.map((program) => network.rules(program));
		firewall = make(new Iptables(network.enter));
		await apply();
		expect(FAMILIES.map((program) => network.rules(program))).to.deep.equal(before);
	});

	for (const program of FAMILIES) {
		it(`host #35: the modes, as the kernel has them (${program})`, async () => {
			const reject = `-j REJECT ${REJECT[program]}`;
			await apply();
			expect(ofFirewall(program)).to.deep.equal([
				'-m state --state RELATED,ESTABLISHED -j ACCEPT',
				'-m addrtype --src-type LOCAL -j ACCEPT',
				...['resin-vpn', 'tun0', 'docker0', 'lo', 'supervisor0'].map(
					(name) => `-i ${name} -p tcp -m tcp --dport 48484 -j ACCEPT`,
				),
				`-p tcp -m tcp --dport 48484 ${reject}`,
				...[22_222, 2375].map((port) => `-p tcp -m tcp --dport ${port} -j ACCEPT`),
				'-m addrtype --dst-type MULTICAST -j ACCEPT',
				'-p icmp -j ACCEPT',
				...LATER,
				'-j RETURN',
				reject,
			]);
			const open = ofFirewall(program);
			const closed = open.filter((rule) => rule !== '-j RETURN');
			await apply({ mode: 'on' });
			expect(ofFirewall(program)).to.deep.equal(closed);
			await apply({ mode: 'bogus' });
			expect(ofFirewall(program)).to.deep.equal(open);
			usesHostNetwork = true;
			await apply({ mode: 'auto' });
			expect(ofFirewall(program)).to.deep.equal(closed);
			usesHostNetwork = false;
			await apply();
			expect(ofFirewall(program)).to.deep.equal(open);
			expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).to.deep.equal([
				'Invalid firewall mode: bogus. Reverting to state: off',
			]);
			expect(network.rules(program, 'INPUT')).to.deep.equal([JUMP]);
		});
	}

	it('host #36: local mode, and a port of an override', async () => {
		const about = (port: number, program: (typeof FAMILIES)[number]) =>
			ofFirewall(program).filter((rule) => rule.includes(`--dport ${port} `));
		await apply({ isLocalMode: true });
		for (const program of FAMILIES) {
			expect(about(48_484, program)).to.deep.equal([
				'-p tcp -m tcp --dport 48484 -j ACCEPT',
				`-p tcp -m tcp --dport 48484 -j REJECT ${REJECT[program]}`,
			]);
			expect(network.rules(program, 'BALENA-SUPERVISOR')).to.deep.equal([]);
		}
		await apply({ isLocalMode: false, listenPortOverride: 48_480 });
		for (const program of FAMILIES) {
			expect(about(48_484, program)).to.deep.equal([]);
			expect(about(48_480, program)).to.deep.equal([
				'-i supervisor0 -p tcp -m tcp --dport 48480 -j ACCEPT',
				`-p tcp -m tcp --dport 48480 -j REJECT ${REJECT[program]}`,
			]);
		}
		expect(network.rules('iptables', 'BALENA-SUPERVISOR')).to.deep.equal([
			'-i resin-vpn -p tcp -m tcp --dport 48484 -j ACCEPT',
			`-p tcp -m tcp --dport 48484 -j REJECT ${REJECT.iptables}`,
		]);
		expect(network.rules('ip6tables', 'BALENA-SUPERVISOR')).to.deep.equal([]);
	});

	it('host #37: nothing ends where there is no iptables', async () => {
		firewall = make(new Iptables(['/nowhere/enter']));
		await firewall.start();
		expect(userLog).to.deep.equal(['Firewall mode not applied due to error']);
		expect(lines[0]?.fields).to.deep.equal({ error: 'there is no iptables', code: 'packet-filter-missing' });
	});

	it('logs the output of the program, and changes nothing', async () => {
		await apply();
		const before = network.rules('iptables');
		const text = '*filter\n-F BALENA-FIREWALL\n-A NOWHERE -j ACCEPT\nCOMMIT\n';
		const filter = new Iptables(network.enter);
		const message = await filter.restore('v4', text).catch((error: unknown) => String(error));
		expect(message).to.match(/^PacketFilterError: Error running iptables \(v4\): .+ \(--noflush --verbose\)$/s);
		expect(network.rules('iptables')).to.deep.equal(before);
	});

	it('works with the legacy variant too', async function () {
		const legacy = findCommand('iptables-legacy');
		if (legacy === undefined) this.skip();
		const program = findCommand('xtables-legacy-multi');
		if (program === undefined) this.skip();
		// One name for both variants is a link in the image; here the legacy one is asked for by another.
		const filter = new Iptables([...network.enter, program]);
		firewall = make(filter);
		const isUsable = await filter.list('v4').then(
			() => true,
			() => false, // the kernel does not have it
		);
		if (!isUsable) this.skip();
		await apply();
		expect(network.run(legacy, '-S', 'INPUT')).to.contain(`-A INPUT ${JUMP}`);
	});
});
