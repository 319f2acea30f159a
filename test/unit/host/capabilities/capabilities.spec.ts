import { expect } from 'chai';
import { Capabilities, type CapabilitySources } from '../../../../src/host/index.ts';
import { EngineError } from '../../../../src/ports/engine.ts';
import { SystemBusError } from '../../../../src/ports/system-units.ts';
import { recordingLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const MINUTE = 60_000;
const BOOT = { deviceType: 'raspberrypi4-64', backends: [{ name: 'config.txt', state: 'read', content: '' }] } as const;
const ENGINE = {
	version: '20.10.43',
	apiVersion: '1.41',
	storageDriver: 'overlay2',
	cgroupVersion: '1',
	limitsMemory: true,
	limitsSwap: true,
	gpuSources: ['nvidia'],
};

/** A host that has everything; the test takes parts away. */
class Host {
	readonly units = new Set(['resin-hostname.service', 'openvpn.service', 'avahi-daemon.service']);
	readonly asked: string[] = [];
	engine: (typeof ENGINE & { limitsSwap?: boolean }) | undefined = ENGINE;
	hasBus = true;
	isJournalRead = true;
	isClockSynchronised = true;
	reboot = 'yes';
	build: string | undefined = '7de0f0f';
	boot: Awaited<ReturnType<CapabilitySources['boot']['observe']>> = BOOT;
	firewallProblem: string | undefined;

	readonly sources: CapabilitySources = {
		engine: () => {
			this.asked.push('engine');
			return this.engine === undefined
				? Promise.reject(new EngineError('engine-unreachable', 'no engine'))
				: Promise.resolve(this.engine);
		},
		isJournalRead: () => Promise.resolve(this.isJournalRead),
		abilities: {
			systemdVersion: () => this.#ask('252'),
			hasUnit: (unit) => this.#ask(this.units.has(unit)),
			canReboot: () => this.#ask(this.reboot),
			isClockSynchronised: () => this.#ask(this.isClockSynchronised),
		},
		boot: { observe: () => Promise.resolve(this.boot) },
		hostBuild: () => Promise.resolve(this.build),
		firewallProblem: (family) => (family === 'v6' ? this.firewallProblem : undefined),
	};

	#ask<T>(answer: T): Promise<T> {
		this.asked.push('bus');
		return this.hasBus ? Promise.resolve(answer) : Promise.reject(new SystemBusError('bus-unreachable', 'no bus'));
	}
}

describe('what a host can do', () => {
	let host: Host;
	let clock: VirtualClock;
	let end: AbortController;
	let running: Promise<void>;
	let capabilities: Capabilities;
	let lines: ReturnType<typeof recordingLog>['lines'];

	beforeEach(() => {
		host = new Host();
		clock = new VirtualClock();
		end = new AbortController();
	});
	afterEach(async () => {
		end.abort();
		await running;
	});

	async function start(): Promise<void> {
		const recording = recordingLog();
		lines = recording.lines;
		capabilities = new Capabilities({ ...host.sources, clock, log: recording.log });
		running = capabilities.run(end.signal);
		await clock.advance(0);
	}

	const said = () => lines.filter(({ level }) => level === 'info').map(({ message }) => message);
	const isAvailable = (name: keyof ReturnType<Capabilities['current']>) => capabilities.current()[name]?.isAvailable;

	it('is kept with versions and names, and not logged where nothing is missing', async () => {
		await start();
		expect(said()).to.deep.equal([]);
		expect(capabilities.current()).to.deep.equal({
			engine: { isAvailable: true, detail: '20.10.43, API 1.41, overlay2, cgroup v1' },
			'memory limits': { isAvailable: true },
			'swap limits': { isAvailable: true },
			GPUs: { isAvailable: true, detail: 'nvidia' },
			deltas: { isAvailable: true },
			journal: { isAvailable: true },
			systemd: { isAvailable: true, detail: '252' },
			reboot: { isAvailable: true },
			hostname: { isAvailable: true, detail: 'resin-hostname.service' },
			VPN: { isAvailable: true, detail: 'openvpn.service' },
			mDNS: { isAvailable: true, detail: 'avahi-daemon.service' },
			'synchronised clock': { isAvailable: true },
			'host update': { isAvailable: true, detail: '7de0f0f' },
			'boot configuration': { isAvailable: true, detail: 'config.txt' },
			'firewall IPv4': { isAvailable: true },
			'firewall IPv6': { isAvailable: true },
		});
	});

	it('is logged once with its consequence where it is missing, and again when it is there', async () => {
		host.isJournalRead = false;
		host.isClockSynchronised = false;
		host.firewallProblem = 'there is no ip6tables';
		host.boot = { deviceType: 'qemux86-64', backends: [] };
		host.engine = { ...ENGINE, limitsSwap: false };
		host.units.delete('openvpn.service');
		host.reboot = 'challenge';
		host.build = undefined;
		await start();
		expect(said().map((line) => line.split(';')[0])).to.deep.equal([
			'missing on this host: swap limits',
			'missing on this host: journal',
			'missing on this host: reboot',
			'missing on this host: VPN',
			'missing on this host: synchronised clock',
			'missing on this host: host update',
			'missing on this host: boot configuration',
			'missing on this host: firewall IPv6',
		]);
		await clock.advance(60 * MINUTE);
		expect(said()).to.have.length(8);
		host.isClockSynchronised = true;
		await clock.advance(10 * MINUTE);
		expect(said().slice(8)).to.deep.equal(['now on this host: synchronised clock']);
	});

	it('without a system bus each part that needs it is named once with the reason, and the rest is found', async () => {
		host.hasBus = false;
		await start();
		await clock.advance(30 * MINUTE);
		const missing = ['systemd', 'reboot', 'hostname', 'VPN', 'mDNS', 'synchronised clock', 'host update'];
		expect(said().map((line) => /^missing on this host: ([^;]+);/.exec(line)?.[1])).to.deep.equal(missing);
		expect(lines.find(({ message }) => message.includes(': reboot'))?.fields).to.deep.equal({ reason: 'no bus' });
		expect(isAvailable('journal')).to.equal(true);
		expect(isAvailable('firewall IPv4')).to.equal(true);
	});

	it('is found again at once when the engine is back, without asking the system bus', async () => {
		host.engine = undefined;
		await start();
		expect(isAvailable('engine')).to.equal(false);
		expect(isAvailable('GPUs')).to.equal(undefined);
		host.engine = { ...ENGINE, version: '24.0.0' };
		host.asked.length = 0;
		capabilities.engineChanged();
		await clock.advance(0);
		expect(host.asked).to.deep.equal(['engine']);
		expect(capabilities.current().engine?.detail).to.equal('24.0.0, API 1.41, overlay2, cgroup v1');
		expect(said()).to.deep.equal([
			'missing on this host: engine; no container is observed or changed until it answers',
			'now on this host: engine',
		]);
	});

	it('ends at once while the engine and the bus do not answer, and calls nothing missing', async () => {
		let fail: (error: Error) => void = () => undefined;
		const silent = new Promise<never>((_, reject) => {
			fail = reject;
		});
		const { log, lines: logged } = recordingLog();
		const { sources } = host;
		const part = new Capabilities({ ...sources, engine: () => silent, clock, log });
		running = part.run(end.signal);
		await clock.advance(0);
		end.abort();
		await running;
		fail(new EngineError('engine-unreachable', 'late'));
		await clock.advance(0);
		expect(logged).to.deep.equal([]);
	});

	it('ends while it waits', async () => {
		await start();
		end.abort();
		await running;
	});
});
