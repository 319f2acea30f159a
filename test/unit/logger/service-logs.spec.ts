import { expect } from 'chai';
import type { LocalLogLine } from '../../../src/domain/log-message.ts';
import { ServiceLogs } from '../../../src/logger/index.ts';
import type { ContainerLine, ContainerLogs, FollowLogsOptions } from '../../../src/ports/container-logs.ts';
import { EngineError, type ContainerInspection, type EngineEvent } from '../../../src/ports/engine.ts';
import type { Journal, JournalEntry, ReadJournalOptions } from '../../../src/ports/journal.ts';
import { untilAborted } from '../../../src/lib/until-aborted.ts';
import { silentLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const START = Date.UTC(2026, 0, 1);

function containerOf(name: string, appId: number, driver = 'json-file'): ContainerInspection {
	const labels = { 'app-id': String(appId), 'app-uuid': `u${appId}`, 'service-id': '7', 'service-name': name };
	const Labels = Object.fromEntries(
		Object.entries({ ...labels, supervised: 'true' }).map(([label, value]) => [`io.balena.${label}`, value]),
	);
	return {
		...{ Id: `${name}${appId}`, Config: { Labels }, State: { Running: true, StartedAt: 'now' } },
		HostConfig: { LogConfig: { Type: driver } },
	} as unknown as ContainerInspection; // no more is read of it
}

/** `text` at so many seconds. */
function line(second: number, text: string): ContainerLine {
	return { isStdErr: false, time: new Date(START + second * 1000).toISOString().replace('Z', '000000Z'), text };
}

class FakeLogs implements ContainerLogs {
	readonly stored = new Map<string, ContainerLine[]>();
	readonly asked: FollowLogsOptions[] = [];
	isBroken = false;
	/** Followers wait for it. */
	more: () => void = () => undefined;

	async *follow(options: FollowLogsOptions, signal: AbortSignal): AsyncGenerator<readonly ContainerLine[]> {
		this.asked.push(options);
		if (this.isBroken) throw new EngineError('engine-failed', 'no such log');
		const lines = this.stored.get(options.containerId) ?? [];
		const since = options.sinceMs ?? 0;
		for (let at = 0; !signal.aborted;) {
			yield lines
				.slice(at)
				.filter(({ time }) => Date.parse(time) >= since)
				.slice(-(options.onlyLast ?? 1000));
			if (options.onlyLast !== undefined) return;
			at = lines.length;
			await Promise.race([untilAborted(signal), new Promise<void>((resolve) => (this.more = resolve))]);
		}
	}

	inspect(): Promise<undefined> {
		return Promise.resolve(undefined);
	}
}

describe('the logs of services, for one caller', () => {
	let clock: VirtualClock;
	let logs: FakeLogs;
	let containers: ContainerInspection[];
	let entries: JournalEntry[];
	let read: ReadJournalOptions[];
	let listeners: ((event: EngineEvent) => void)[];
	let isJournalRead: boolean;
	let isEngineAway: boolean;

	beforeEach(async () => {
		clock = new VirtualClock();
		await clock.advance(100_000);
		logs = new FakeLogs();
		containers = [containerOf('web', 1), containerOf('db', 1), containerOf('web', 2)];
		logs.stored.set('web1', [line(1, 'w1'), line(4, 'w4')]);
		logs.stored.set('db1', [line(2, 'd2'), line(3, 'd3')]);
		logs.stored.set('web2', [line(2, 'other')]);
		entries = [];
		read = [];
		listeners = [];
		isJournalRead = false;
		isEngineAway = false;
	});

	const journal: Journal = {
		isReadable: () => Promise.resolve(true),
		follow: async function* (_options, signal) {
			await untilAborted(signal);
			yield* [];
		},
		readLast: async function* (options) {
			read.push(options);
			yield await Promise.resolve(entries);
		},
	};

	type Query = Parameters<ServiceLogs['open']>[0];

	async function open(query: Partial<Query>, signal: AbortSignal): Promise<AsyncGenerator<LocalLogLine>> {
		const serviceLogs = new ServiceLogs({
			engine: {
				listContainers: () =>
					isEngineAway ? Promise.reject(new EngineError('engine-unreachable', 'away')) : Promise.resolve(containers),
				onEvent: (listener) => {
					listeners.push(listener);
					return () => void (listeners = listeners.filter((one) => one !== listener));
				},
			},
			...{ logs, journal, isJournalRead: () => Promise.resolve(isJournalRead), ownNames: [], clock, log: silentLog },
		});
		const start = await serviceLogs.open({ covers: (appId) => appId === 1, lines: 100, isFollowed: false, ...query });
		return start(signal);
	}

	async function all(query: Partial<Query> = {}): Promise<readonly string[]> {
		const found: string[] = [];
		for await (const { message } of await open(query, new AbortController().signal)) found.push(message);
		return found;
	}

	it('v3-api #1: 6.4: are those of the covered apps, in the order of their times', async () => {
		expect(await all()).to.deep.equal(['w1', 'd2', 'd3', 'w4']);
		expect(await all({ covers: () => true })).to.have.length(5);
		expect(await all({ covers: () => false })).to.deep.equal([]);
	});

	it('v3-api #1: 6.4: are of one app, one service, of a time, or the last ones', async () => {
		expect(await all({ covers: () => true, app: '2' })).to.deep.equal(['other']);
		expect(await all({ covers: () => true, app: 'u2' })).to.deep.equal(['other']);
		expect(await all({ serviceName: 'db' })).to.deep.equal(['d2', 'd3']);
		expect(await all({ since: START + 3000 })).to.deep.equal(['d3', 'w4']);
		expect(await all({ lines: 2 })).to.deep.equal(['d3', 'w4']);
		expect(logs.asked.at(-1)?.onlyLast).to.equal(2);
	});

	it('come from the journal where it has them', async () => {
		isJournalRead = true;
		containers[1] = containerOf('db', 1, 'journald');
		const entry = { cursor: 'c', message: 'j', isPartial: false, priority: 6, unit: 'balena.service' };
		entries = [{ ...entry, timeUs: (START + 1500) * 1000, containerId: 'db1' }];
		expect(await all()).to.deep.equal(['w1', 'j', 'w4']);
		expect(read).to.deep.equal([{ containerIds: ['db1'], since: undefined, count: 100 }]);
	});

	it('go on with new lines, each once, also of containers that appear later', async () => {
		const abort = new AbortController();
		const found: string[] = [];
		const stream = await open({ isFollowed: true }, abort.signal);
		const done = (async () => {
			for await (const { message } of stream) found.push(message);
		})();
		const until = async (count: number) => {
			for (let turn = 0; turn < 1000 && found.length < count; turn++) await new Promise(setImmediate);
			for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
		};
		await until(4);
		logs.stored.get('db1')?.push(line(101, 'new'));
		logs.more();
		await until(5);
		containers.push(containerOf('late', 1), containerOf('late', 2));
		logs.stored.set('late1', [line(99, 'first')]);
		logs.stored.set('late2', [line(99, 'of another app')]);
		for (const listener of listeners) listener({ type: 'connected' });
		await until(6);
		expect(found).to.deep.equal(['w1', 'd2', 'd3', 'w4', 'new', 'first']);
		abort.abort();
		await done;
		expect(listeners).to.deep.equal([]);
	});

	it('are refused while the engine is away; a log that cannot be read is left out', async () => {
		logs.isBroken = true;
		expect(await all()).to.deep.equal([]);
		isEngineAway = true;
		const error: unknown = await all().catch((cause: unknown) => cause);
		expect(error).to.be.instanceOf(EngineError);
	});
});
