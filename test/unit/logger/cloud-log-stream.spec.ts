import { expect } from 'chai';
import { Random } from '../../support/random.ts';
import {
	FakeUplink,
	HistorySource,
	MemoryPositions,
	startLogs,
	TARGET,
	WatchedClock,
	type Arrived,
} from './log-scene.ts';

const SUPPRESSED = /^Warning: Suppressed (\d+) message\(s\) due to high load$/;

describe('the log stream to the cloud', () => {
	it('is not there before there is something to say', async () => {
		const { clock, uplink } = await startLogs();
		await clock.advance(100_000);
		expect(uplink.attempts).to.deep.equal([]);
	});

	it('cloud-api #48: opens at once, says nothing for five seconds, and then everything in order, soon', async () => {
		const { clock, uplink, hub } = await startLogs();
		hub.write('Supervisor starting');
		await clock.advance(4999);
		expect(uplink.attempts).to.deep.equal([0]);
		expect(uplink.arrived).to.deep.equal([]);
		hub.write('it failed', { error: true });
		await clock.advance(200);
		const timestamp = Date.UTC(2026, 0, 1);
		expect(uplink.arrived.map(({ at, ...line }) => (at >= 0 ? line : undefined))).to.deep.equal([
			{ message: 'Supervisor starting', isSystem: true, timestamp },
			{ message: 'it failed', isSystem: true, timestamp: timestamp + 4999, isStdErr: true },
		]);
		await clock.advance(10_000);
		hub.write('one');
		await clock.advance(50);
		hub.write('two');
		await clock.advance(1000);
		const [, , one, two] = uplink.arrived;
		expect([one?.message, two?.message]).to.deep.equal(['one', 'two']);
		expect(two?.at).to.equal(one?.at); // flushed together, a tenth of a second after the first
		expect(one!.at + Date.UTC(2026, 0, 1) - one!.timestamp).to.equal(100);
		expect(uplink.attempts).to.have.length(1);
	});

	it('cloud-api #50: cuts a message of 20 000 characters to 10 000', async () => {
		const { clock, uplink, hub } = await startLogs();
		hub.write('x'.repeat(20_000));
		await clock.advance(6000);
		expect(uplink.messages[0]).to.have.length(10_000);
		expect(uplink.messages[0]?.slice(-6)).to.equal('x[...]');
	});

	it('cloud-api #51: tries a cloud that refuses at 0, 10, 30, 70 s and so on, and at last every 300 s', async () => {
		const { clock, uplink, hub } = await startLogs();
		uplink.manner = { status: 401 };
		for (let second = 0; second < 1300; second++) {
			hub.write('steady');
			await clock.advance(1000);
		}
		expect(uplink.attempts).to.deep.equal([0, 10, 30, 70, 150, 310, 610, 910, 1210].map((second) => second * 1000));
		uplink.manner = 'take';
		await clock.advance(301_000);
		expect(uplink.messages.filter((message) => message === 'steady')).to.have.length(1300);
	});

	it('cloud-api #51: counts exactly what did not fit while the cloud was away', async () => {
		const { clock, uplink, hub } = await startLogs();
		uplink.manner = 'unreachable';
		const written = 4000;
		for (let index = 0; index < written; index++) hub.write(`${index} `.padEnd(100, '-'));
		await clock.advance(1000);
		uplink.manner = 'take';
		await clock.advance(20_000);
		const kept = uplink.arrived.filter(({ message }) => !SUPPRESSED.test(message));
		const markers = uplink.arrived.filter(({ message }) => SUPPRESSED.test(message));
		expect(markers).to.have.length(1);
		expect(markers[0]).to.include({ isSystem: true, isStdErr: true });
		expect(kept.length).to.be.within(1000, written - 1);
		expect(kept.length + Number(SUPPRESSED.exec(markers[0]!.message)?.[1])).to.equal(written);
		expect(uplink.arrived.at(-1)).to.equal(markers[0]);
		const bytes = kept.reduce((sum, { message }) => sum + message.length, 0);
		expect(bytes).to.be.lessThan(256 * 1024);
	});

	it('says how many lines it has sent and suppressed, and how much waits', async () => {
		const { clock, uplink, hub } = await startLogs();
		uplink.manner = 'unreachable';
		for (let n = 0; n < 50; n += 1) hub.write('x'.repeat(9000));
		await clock.advance(1000);
		const { sent, suppressed, queueBytes } = hub.counts();
		expect(sent).to.equal(0);
		expect(suppressed).to.be.within(15, 30);
		expect(queueBytes).to.be.within(200_000, 300_000);
		uplink.manner = 'take';
		await clock.advance(20_000);
		expect(hub.counts()).to.deep.equal({ sent: 50, suppressed, queueBytes: 0 });
		expect(uplink.arrived).to.have.length(50 - suppressed + 1);
	});

	it('cloud-api #52: ends cleanly after a minute of silence, wakes for nothing then, and begins anew', async () => {
		const { clock, uplink, hub } = await startLogs();
		hub.write('one');
		await clock.advance(5100);
		await clock.advance(59_000);
		expect(uplink.last.endedAt).to.equal(undefined);
		await clock.advance(2000);
		expect(uplink.last.endedAt).to.be.within(64_000, 66_000);
		await clock.advance(2000);
		expect(clock.sleepers).to.equal(0);
		hub.write('two');
		await clock.advance(6000);
		expect(uplink.connections).to.have.length(2);
		expect(uplink.messages).to.deep.equal(['one', 'two']);
	});

	it('renews a connection before the cloud cuts it, and neither loses nor repeats anything', async () => {
		const { clock, uplink, hub } = await startLogs();
		const written: string[] = [];
		for (let second = 0; second < 900; second++) {
			written.push(String(second));
			hub.write(String(second));
			await clock.advance(1000);
		}
		await clock.advance(10_000);
		expect(uplink.connections.length).to.equal(4);
		for (const { openedAt, endedAt } of uplink.connections.slice(0, -1)) {
			expect(endedAt! - openedAt).to.be.within(260_000, 299_000);
		}
		expect(uplink.messages).to.deep.equal(written);
	});

	it('cloud-observed 6: connects again at once when the cloud cuts the stream after a while, as it does', async () => {
		const { clock, uplink, hub } = await startLogs();
		hub.write('one');
		await clock.advance(50_000);
		uplink.last.answer(408);
		hub.write('two');
		await clock.advance(10);
		expect(uplink.attempts).to.deep.equal([0, 50_000]);
		await clock.advance(6000);
		expect(uplink.messages).to.deep.equal(['one', 'two']);
	});

	it('sends again what was sent in the two seconds before a connection broke', async () => {
		const { clock, uplink, hub } = await startLogs();
		hub.write('old');
		await clock.advance(10_000);
		hub.write('young');
		await clock.advance(1500);
		uplink.last.break(2000);
		await clock.advance(10_000);
		expect(uplink.messages).to.deep.equal(['old', 'young']);
		uplink.last.break();
		await clock.advance(10_000);
		expect(uplink.messages).to.deep.equal(['old', 'young']);
	});

	it('does not send again what the cloud cannot read, and counts it', async () => {
		const { clock, uplink, hub } = await startLogs();
		hub.write('one');
		hub.write('two');
		await clock.advance(5200);
		uplink.last.answer(400);
		await clock.advance(20_000);
		expect(uplink.last.arrived.map(({ message }) => message)).to.deep.equal([
			'Warning: Suppressed 2 message(s) due to high load',
		]);
	});

	it('gives up a connection that takes nothing any more, and sends it all to the next', async () => {
		const { clock, uplink, hub } = await startLogs();
		uplink.manner = 'stall';
		hub.write('one');
		await clock.advance(60_000);
		expect(uplink.attempts).to.deep.equal([0]);
		uplink.manner = 'take';
		await clock.advance(30_000);
		expect(uplink.connections).to.have.length(2);
		expect(uplink.messages).to.deep.equal(['one']);
	});

	it('asks who the device is before each connection', async () => {
		let uuid = 'old';
		const target = () => Promise.resolve({ url: `https://cloud.test/${uuid}`, deviceApiKey: `key of ${uuid}` });
		const { clock, uplink, hub } = await startLogs({ target });
		hub.write('one');
		await clock.advance(10_000);
		uuid = 'new';
		uplink.last.answer(401);
		hub.write('two');
		await clock.advance(10_000);
		expect(uplink.connections.map((one) => one.target.deviceApiKey)).to.deep.equal(['key of old', 'key of new']);
	});

	it('says nothing while it does not know who the device is', async () => {
		const { clock, uplink, hub } = await startLogs({ target: () => Promise.resolve(undefined) });
		hub.write('one');
		await clock.advance(10_000);
		expect(uplink.attempts).to.deep.equal([]);
		expect(clock.sleepers).to.equal(0);
		expect(TARGET.deviceApiKey).to.equal('key');
	});

	it('lets those wait who can, and leaves room for those who cannot', async () => {
		const { clock, uplink, hub, history } = await startLogs();
		uplink.manner = 'unreachable';
		const lines = Array.from({ length: 20_000 }, (_, index) => `${index} `.padEnd(100, '-'));
		history.add(...lines);
		await clock.advance(20_000);
		hub.write('something of the agent');
		uplink.manner = 'take';
		await clock.advance(60_000);
		expect(uplink.messages.filter((message) => message !== 'something of the agent')).to.deep.equal(lines);
		expect(uplink.messages).to.include('something of the agent');
		expect(Math.max(...countBytesPerSpan(uplink.arrived))).to.be.lessThan(1.3 * 1024 * 1024);
	});

	it('counts what may have to be sent again in bytes of UTF-8, not in characters', async () => {
		const { clock, uplink, history } = await startLogs();
		const lines = Array.from({ length: 20_000 }, (_, index) => `${index} `.padEnd(100, '漢'));
		history.add(...lines);
		await clock.advance(60_000);
		expect(uplink.messages).to.deep.equal(lines);
		expect(Math.max(...countBytesPerSpan(uplink.arrived))).to.be.lessThan(1.3 * 1024 * 1024);
	});

	describe('over a restart', () => {
		it('sends what is there before it ends, and then continues where it was', async () => {
			const first = await startLogs();
			first.history.add('a', 'b');
			await first.clock.advance(6000);
			first.history.add('c');
			first.hub.write('last words');
			await first.clock.advance(10);
			await first.stop();
			expect(first.uplink.messages).to.have.members(['a', 'b', 'c', 'last words']);
			first.history.add('d');
			const second = await startLogs(first);
			await second.clock.advance(10_000);
			expect(second.uplink.messages.filter((message) => message.length === 1)).to.deep.equal(['a', 'b', 'c', 'd']);
		});

		it('reads again what had not been sent, and reports how many lines without a source are lost', async () => {
			const first = await startLogs();
			first.uplink.manner = 'unreachable';
			first.history.add('a', 'b');
			first.hub.write('one');
			first.hub.write('two');
			await first.clock.advance(30_000);
			await first.stop();
			first.uplink.manner = 'take';
			const second = await startLogs(first);
			await second.clock.advance(10_000);
			expect(second.uplink.messages).to.have.members(['a', 'b', 'Warning: Suppressed 2 message(s) due to high load']);
		});

		it('reads what came while no supervisor ran from its beginning, and on a first start what came since the last', async () => {
			const first = await startLogs();
			expect(first.history.starts.map(({ since }) => since)).to.deep.equal([new Date(0)]);
			first.history.add('a');
			await first.clock.advance(10_000);
			await first.stop();
			const second = await startLogs({ ...first, since: new Date(5) });
			const third = await startLogs({ since: new Date(5) });
			expect(second.history.starts.at(-1)?.since).to.deep.equal(new Date(0));
			expect(third.history.starts.at(-1)?.since).to.deep.equal(new Date(5));
		});

		it('repeats a little after it was killed, and loses nothing', async () => {
			const first = await startLogs();
			first.history.add('a');
			await first.clock.advance(10_000);
			first.history.add('b');
			await first.clock.advance(500);
			const store = new MemoryPositions();
			store.value = first.store.value;
			const second = await startLogs({ ...first, store, uplink: new FakeUplink(first.clock) });
			await second.clock.advance(10_000);
			expect(second.uplink.messages).to.deep.equal(['b']);
		});

		it('writes down at most once a second how far it is', async () => {
			const { clock, history, store } = await startLogs();
			await clock.advance(1000);
			for (let index = 0; index < 100; index++) {
				history.add(String(index));
				await clock.advance(100);
			}
			expect(store.writes).to.be.within(3, 12);
		});
	});

	for (let seed = 1; seed <= 25; seed++) {
		it(`loses nothing untold while connections break in any way (seed ${seed})`, async () => {
			const { written, arrived, suppressed } = await meddle(new Random(seed), { breaks: true, restarts: false });
			expect(arrived + suppressed).to.equal(written);
		});

		it(`loses nothing untold over restarts (seed ${seed})`, async () => {
			const { written, arrived, suppressed } = await meddle(new Random(seed), { breaks: false, restarts: true });
			expect(arrived + suppressed).to.equal(written);
		});

		it(`reports rather too many lost lines than too few (seed ${seed})`, async () => {
			// Sent, then the connection broke, then the process ended: it may have arrived, and no copy is left.
			const { written, arrived, suppressed } = await meddle(new Random(seed), { breaks: true, restarts: true });
			expect(arrived + suppressed).to.be.at.least(written);
		});
	}
});

/** Bytes that may have been in memory at a time: those that were sent within two seconds. */
function countBytesPerSpan(arrived: readonly Arrived[]): readonly number[] {
	const bySpan = new Map<number, number>();
	for (const { at, message } of arrived) {
		const span = Math.floor(at / 2000);
		bySpan.set(span, (bySpan.get(span) ?? 0) + Buffer.byteLength(message));
	}
	return [...bySpan.values()];
}

/** Writes, breaks, refusals, stalls and restarts in any order; what arrived and what was counted are what was written. */
async function meddle(random: Random, may: { readonly breaks: boolean; readonly restarts: boolean }) {
	const clock = new WatchedClock(() => random.next());
	let scene = await startLogs({ clock, uplink: new FakeUplink(clock), history: new HistorySource() });
	const { uplink, history } = scene;
	let written = 0;
	for (let step = 0; step < 60; step++) {
		const action = random.below(9);
		if (action <= 2) {
			const lines = random.below(random.chance(0.2) ? 3000 : 20);
			for (let index = 0; index < lines; index++) scene.hub.write(`v${written++} `.padEnd(150, '-'));
		} else if (action === 3) {
			const lines = random.below(random.chance(0.2) ? 3000 : 20);
			history.add(...Array.from({ length: lines }, (_, index) => `h${history.lines.length + index} `.padEnd(150, '-')));
		} else if (action === 4) {
			uplink.manner = random.pick(['take', 'take', 'unreachable', 'stall', { status: 401 }, { status: 503 }] as const);
		} else if (action === 5 && may.breaks) {
			uplink.connections.at(-1)?.break(random.below(1900));
		} else if (action === 6 && may.restarts && random.chance(0.3)) {
			await scene.stop();
			scene = await startLogs({ ...scene });
		} else {
			await clock.advance(random.below(random.chance(0.2) ? 70_000 : 3000));
		}
	}
	uplink.manner = 'take';
	await clock.advance(800_000);
	const messages = new Set(
		uplink.arrived.map(({ timestamp, message }) => `${SUPPRESSED.test(message) ? timestamp : ''}${message}`),
	);
	const arrived = [...messages].filter((message) => message.startsWith('v')).length;
	const suppressed = [...messages]
		.map((message) => Number(/Suppressed (\d+) message/.exec(message)?.[1] ?? 0))
		.reduce((sum, count) => sum + count, 0);
	expect([...messages].filter((message) => message.startsWith('h'))).to.have.members(history.lines);
	return { written, arrived, suppressed };
}
