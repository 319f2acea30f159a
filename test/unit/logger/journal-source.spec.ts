import { expect } from 'chai';
import Sinon from 'sinon';
import type { LogMessage } from '../../../src/domain/log-message.ts';
import { JournalSource } from '../../../src/logger/index.ts';
import type { ContainerInspection } from '../../../src/ports/engine.ts';
import type { FollowJournalOptions, Journal, JournalEntry } from '../../../src/ports/journal.ts';
import { silentLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

class FakeJournal implements Pick<Journal, 'follow' | 'isReadable'> {
	/** The entries of each reader before it ends; the last one does not end. */
	readonly readings: JournalEntry[][] = [];

	isReadable = () => Promise.resolve(true);

	async *follow(_: FollowJournalOptions, signal: AbortSignal): AsyncGenerator<readonly JournalEntry[]> {
		const entries = this.readings.shift();
		if (entries === undefined) {
			await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
		} else if (entries.length > 0) {
			yield entries;
		}
	}
}

function entry(index: number, change: Partial<JournalEntry> = {}): JournalEntry {
	const timeUs = Date.UTC(2026, 0, 1) * 1000 + index;
	const container = { containerId: 'c1', containerName: 'web_1_2_c' };
	return {
		...{ cursor: `at ${index}`, timeUs, message: `m${index}`, isPartial: false, priority: 6, unit: 'balena.service' },
		...container,
		...change,
	};
}

function containerOf(id: string, level = 'all'): ContainerInspection | undefined {
	const Labels = { 'io.balena.supervised': 'true', 'io.balena.service-id': '7', 'io.balena.service-name': 'web' };
	const container = { Config: { Labels, Env: [`BALENA_LOGS_LEVEL=${level}`] }, HostConfig: {} };
	return id === 'foreign' ? undefined : (container as unknown as ContainerInspection); // no more is read of it
}

function start(journal: FakeJournal, options: { readonly position?: string; readonly level?: string } = {}) {
	const clock = new VirtualClock();
	const inspect = Sinon.spy((id: string) => Promise.resolve(containerOf(id, options.level)));
	const source = new JournalSource({
		journal,
		containers: { inspect },
		isJournalRead: () => Promise.resolve(true),
		ownNames: ['balena_supervisor'],
		clock,
		log: silentLog,
	});
	const messages: LogMessage[] = [];
	const sink = { offer: (message: LogMessage) => messages.push(message) > 0, room: () => Promise.resolve() };
	const position = () => options.position;
	const session = {
		sink,
		since: new Date(Date.UTC(2025, 11, 31)),
		position,
		begin: () => undefined,
		keepPositions: () => undefined,
	};
	const end = new AbortController();
	const running = source.run(session, end.signal);
	const stop = async () => {
		end.abort();
		await clock.advance(0);
		await running;
	};
	return { clock, inspect, messages, texts: () => messages.map(({ message }) => message), stop };
}

describe('the logs of containers, from the journal', () => {
	it('cloud-api #49, host #30: come with service, output and time; others have no service', async () => {
		const journal = new FakeJournal();
		const { cursor, timeUs, message, isPartial } = entry(6);
		const host = { cursor, timeUs, message, isPartial, priority: 6 };
		journal.readings.push([
			entry(1, { message: 'fine' }),
			entry(2, { message: 'bad', priority: 3 }),
			entry(3, { containerId: 'own', containerName: 'balena_supervisor' }),
			entry(4, { containerId: 'foreign' }),
			entry(5, { containerId: 'foreign' }),
			{ ...host, unit: 'os-update.service', priority: 3 },
			{ ...host, unit: 'balena.service' },
		]);
		const { clock, messages, inspect, stop } = start(journal);
		await clock.advance(0);
		const service = { kind: 'service', timestamp: Date.UTC(2026, 0, 1), serviceId: 7, serviceName: 'web' };
		expect(messages).to.deep.equal([
			{ ...service, message: 'fine', isStdErr: false },
			{ ...service, message: 'bad', isStdErr: true },
			{ kind: 'system', message: 'm6', timestamp: Date.UTC(2026, 0, 1), isStdErr: true },
		]);
		expect(inspect.args.map(([id]) => id)).to.deep.equal(['c1', 'foreign']); // once each
		await stop();
	});

	it('are errors only, or none, where the service wants that', async () => {
		for (const [level, expected] of [
			['err', ['m2']],
			['none', []],
		] as const) {
			const journal = new FakeJournal();
			journal.readings.push([entry(1), entry(2, { priority: 3 })]);
			const { clock, texts, stop } = start(journal, { level });
			await clock.advance(0);
			expect(texts()).to.deep.equal(expected);
			await stop();
		}
	});

	it('are put together where a line is in pieces, output by output', async () => {
		const journal = new FakeJournal();
		const part = (message: string, priority = 6, isPartial = true) => entry(1, { message, priority, isPartial });
		journal.readings.push([part('one '), part('bad ', 3), part('line', 6, false), part('line', 3, false)]);
		const { clock, texts, stop } = start(journal);
		await clock.advance(0);
		expect(texts()).to.deep.equal(['one line', 'bad line']);
		await stop();
	});

	it('continue behind the last entry, after a restart and after the reader has ended', async () => {
		const journal = new FakeJournal();
		journal.readings.push([entry(1)], [], [entry(2)]);
		const follow = Sinon.spy(journal, 'follow');
		const { clock, stop } = start(journal, { position: `${Date.UTC(2026, 0, 1) * 1000} at 0` });
		await clock.advance(0);
		await clock.advance(5000);
		await clock.advance(10_000);
		await clock.advance(5000);
		expect(follow.args.map(([{ from }]) => from)).to.deep.equal([
			{ cursor: 'at 0' },
			{ cursor: 'at 1' },
			{ since: new Date(Date.UTC(2026, 0, 1)) }, // perhaps that place was gone
			{ cursor: 'at 2' },
		]);
		await stop();
	});

	it('are asked for more and more rarely while there is no reader', async () => {
		const journal = new FakeJournal();
		journal.readings.push([], [], [], []);
		const follow = Sinon.spy(journal, 'follow');
		const { clock, stop } = start(journal);
		const counts: number[] = [];
		for (const seconds of [0, 5, 10, 20]) {
			await clock.advance(seconds * 1000);
			counts.push(follow.callCount);
		}
		expect(counts).to.deep.equal([1, 2, 3, 4]);
		expect(follow.firstCall.args[0].from).to.deep.equal({ since: new Date(Date.UTC(2025, 11, 31)) });
		await stop();
	});
});
