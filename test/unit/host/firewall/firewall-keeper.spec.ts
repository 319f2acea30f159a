import { expect } from 'chai';
import Sinon from 'sinon';
import { Firewall, type FirewallSettings } from '../../../../src/host/index.ts';
import { PacketFilterError, type IpFamily, type PacketFilter } from '../../../../src/ports/packet-filter.ts';
import { FakeFilterTable } from '../../../support/fake-filter-table.ts';
import { recordingLog, silentLog, stubSystemLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const SETTINGS: FirewallSettings = { mode: 'off', isLocalMode: false, listenPort: 48_484 };
const HOUR_MS = 3_600_000;

describe('keeping the firewall', () => {
	let settings: FirewallSettings;
	let usesHostNetwork: boolean;
	let refusal: string | undefined;
	let writes: IpFamily[];
	let tables: Record<IpFamily, FakeFilterTable>;
	let clock: VirtualClock;
	let lines: ReturnType<typeof recordingLog>['lines'];
	let systemLog: ReturnType<typeof stubSystemLog>;
	let firewall: Firewall;
	let end: AbortController;
	let run: Promise<void>;

	const filter: PacketFilter = {
		list: (family) => Promise.resolve(tables[family].list()),
		restore: (family, text) => {
			if (refusal !== undefined) return Promise.reject(new PacketFilterError('packet-filter-failed', refusal));
			writes.push(family);
			tables[family].restore(text);
			return Promise.resolve();
		},
	};

	beforeEach(() => {
		[settings, usesHostNetwork, refusal, writes] = [SETTINGS, false, undefined, []];
		systemLog = stubSystemLog();
		tables = { v4: new FakeFilterTable('v4'), v6: new FakeFilterTable('v6') };
		clock = new VirtualClock();
		const recording = recordingLog();
		({ lines } = recording);
		firewall = new Firewall({
			filter,
			settings: () => Promise.resolve(settings),
			hasHostNetworkService: () => Promise.resolve(usesHostNetwork),
			clock,
			log: recording.log,
			systemLog,
		});
		end = new AbortController();
	});

	afterEach(async () => {
		end.abort();
		await run;
	});

	async function start(): Promise<void> {
		await firewall.start();
		run = firewall.run(end.signal);
	}

	async function change(changes: Partial<FirewallSettings>): Promise<void> {
		settings = { ...settings, ...changes };
		firewall.changed();
		await clock.advance(0);
	}

	const isClosed = () => !tables.v4.rules('BALENA-FIREWALL').includes('-j RETURN');
	const said = (message: string) => lines.filter((line) => line.message === message).length;

	it('puts it in place before anything else starts, and says so', async () => {
		await start();
		expect(writes).to.deep.equal(['v4', 'v6']);
		expect(lines).to.deep.equal([{ level: 'info', message: 'Firewall mode applied', fields: { mode: 'off' } }]);
		Sinon.assert.notCalled(systemLog.write);
	});

	it('host #35: changes it with the mode, and writes nothing that is there', async () => {
		await start();
		await change({ mode: 'on' });
		expect(isClosed()).to.equal(true);
		await change({});
		await change({ mode: 'on' });
		await clock.advance(HOUR_MS);
		expect(writes).to.deep.equal(['v4', 'v6', 'v4', 'v6']);
		await change({ mode: 'auto' });
		expect(isClosed()).to.equal(false);
	});

	it('host #35: with auto it follows the services of the target', async () => {
		settings = { ...SETTINGS, mode: 'auto' };
		await start();
		expect(isClosed()).to.equal(false);
		usesHostNetwork = true;
		await change({});
		expect(isClosed()).to.equal(true);
		usesHostNetwork = false;
		await change({});
		expect(isClosed()).to.equal(false);
	});

	it('host #35: is off with an unknown mode, and warns once', async () => {
		settings = { ...SETTINGS, mode: 'bogus' };
		await start();
		await change({});
		await change({ isLocalMode: true });
		const warning = (mode: string) => `Invalid firewall mode: ${mode}. Reverting to state: off`;
		expect(said(warning('bogus'))).to.equal(1);
		expect(isClosed()).to.equal(false);
		await change({ mode: 'on' });
		await change({ mode: 'other' });
		expect(said(warning('other'))).to.equal(1);
	});

	it('host #36: opens the port of the API in local mode', async () => {
		await start();
		await change({ isLocalMode: true });
		expect(tables.v4.rules('BALENA-FIREWALL')).to.include('-p tcp -m tcp --dport 48484 -j ACCEPT');
		await change({ isLocalMode: false });
		expect(tables.v4.rules('BALENA-FIREWALL')).to.not.include('-p tcp -m tcp --dport 48484 -j ACCEPT');
	});

	it('restores within a minute what another program has removed', async () => {
		await start();
		tables.v6.restore('*filter\n-F BALENA-FIREWALL\nCOMMIT\n');
		await clock.advance(60_000);
		expect(writes).to.deep.equal(['v4', 'v6', 'v6']);
		tables.v4 = new FakeFilterTable('v4');
		await clock.advance(60_000);
		expect(tables.v4.rules('INPUT')).to.deep.equal(['-j BALENA-FIREWALL']);
	});

	it('host #37: reports a failure once, does not delay the start, and tries again with growing pauses', async () => {
		refusal = 'no';
		await start();
		await clock.advance(HOUR_MS);
		Sinon.assert.calledOnceWithExactly(systemLog.write, 'Firewall mode not applied due to error', { error: true });
		expect(lines.map(({ level, fields }) => [level, fields['error']])).to.deep.equal([['error', 'no']]);
		expect(writes).to.deep.equal([]);
		refusal = undefined;
		await clock.advance(5 * 60_000);
		expect(writes).to.deep.equal(['v4', 'v6']);
		expect(said('Firewall mode applied')).to.equal(1);
		refusal = 'no';
		await change({ mode: 'on' });
		Sinon.assert.calledTwice(systemLog.write);
	});

	it('is tried again soon after the first failure, and at once when something changes', async () => {
		refusal = 'no';
		await start();
		refusal = undefined;
		await clock.advance(1000);
		expect(writes).to.deep.equal(['v4', 'v6']);
		refusal = 'no';
		await change({ mode: 'on' });
		await clock.advance(HOUR_MS);
		refusal = undefined;
		await change({});
		expect(isClosed()).to.equal(true);
	});

	it('keeps to IPv4 what IPv6 refuses', async () => {
		const only4 = new Firewall({
			filter: {
				...filter,
				restore: (family, text) =>
					family === 'v6'
						? Promise.reject(new PacketFilterError('packet-filter-missing', 'none'))
						: filter.restore(family, text),
			},
			settings: () => Promise.resolve(settings),
			hasHostNetworkService: () => Promise.resolve(false),
			clock,
			log: silentLog,
			systemLog,
		});
		await only4.start();
		await only4.start();
		expect(writes).to.deep.equal(['v4']);
		Sinon.assert.calledOnce(systemLog.write);
	});

	it('a bug is not taken for a failure of the outside', async () => {
		const broken = new Firewall({
			filter,
			settings: () => Promise.reject(new TypeError('bug')),
			hasHostNetworkService: () => Promise.resolve(false),
			clock,
			log: silentLog,
			systemLog,
		});
		expect(await broken.start().catch((error: unknown) => String(error))).to.equal('TypeError: bug');
	});
});
