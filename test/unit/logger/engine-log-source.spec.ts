import { expect } from 'chai';
import Sinon from 'sinon';
import type { LogMessage } from '../../../src/domain/log-message.ts';
import { EngineLogSource } from '../../../src/logger/index.ts';
import { ResumePoint } from '../../../src/logger/resume-point.ts';
import type { ContainerLine, ContainerLogs, FollowLogsOptions } from '../../../src/ports/container-logs.ts';
import type { ContainerInspection } from '../../../src/ports/engine.ts';
import { silentLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const START = '2026-01-01T00:00:01.000000000Z';
const timeOf = (nanosecond: number) => `2026-01-01T00:00:02.${String(nanosecond).padStart(9, '0')}Z`;
const out = (nanosecond: number, text: string): ContainerLine => ({ isStdErr: false, time: timeOf(nanosecond), text });
const err = (nanosecond: number, text: string): ContainerLine => ({ isStdErr: true, time: timeOf(nanosecond), text });

/** A log that is handed out anew at each asking, like the engine's: from the first line that is not older. */
class FakeLogs implements ContainerLogs {
	readonly lines: ContainerLine[] = [];
	#ends = 0;
	#wake: () => void = () => undefined;

	async *follow(options: FollowLogsOptions, signal: AbortSignal): AsyncGenerator<readonly ContainerLine[]> {
		const ends = this.#ends;
		signal.addEventListener('abort', () => this.end(), { once: true });
		for (let next = 0; ; next++) {
			while (next >= this.lines.length) {
				if (ends !== this.#ends) return;
				await new Promise<void>((resolve) => (this.#wake = resolve));
			}
			const line = this.lines[next]!;
			if (Date.parse(line.time) >= (options.sinceMs ?? 0) && (line.isStdErr || !options.onlyStdErr)) yield [line];
		}
	}

	inspect = () => Promise.resolve(undefined);

	write(...lines: readonly ContainerLine[]): void {
		this.lines.push(...lines);
		this.#wake();
	}

	end(): void {
		this.#ends += 1;
		this.#wake();
	}
}

function containerOf(change: { readonly level?: string; readonly running?: boolean; readonly driver?: string } = {}) {
	const { level, running = true, driver = 'json-file' } = change;
	const labels = { 'io.balena.supervised': 'true', 'io.balena.service-id': '7', 'io.balena.service-name': 'web' };
	return {
		Id: 'c1',
		Name: '/web',
		State: { Running: running, StartedAt: START },
		Config: { Labels: labels, Tty: false, Env: level === undefined ? [] : [`BALENA_LOGS_LEVEL=${level}`] },
		HostConfig: { LogConfig: { Type: driver } },
	} as unknown as ContainerInspection; // no more is read of it
}

function start(
	options: { containers?: ContainerInspection[]; position?: string; isJournalRead?: boolean; since?: Date } = {},
) {
	const clock = new VirtualClock();
	const logs = new FakeLogs();
	const follow = Sinon.spy(logs, 'follow');
	const containers = options.containers ?? [containerOf()];
	const source = new EngineLogSource({
		engine: { listContainers: () => Promise.resolve(containers) },
		logs,
		isJournalRead: () => Promise.resolve(options.isJournalRead ?? false),
		clock,
		log: silentLog,
	});
	const messages: LogMessage[] = [];
	let position = options.position;
	const session = {
		sink: {
			offer: (message: LogMessage, origin: { position: string }) => {
				messages.push(message);
				position = origin.position;
				return true;
			},
			room: () => Promise.resolve(),
		},
		since: options.since ?? new Date(Date.UTC(2026, 0, 1)),
		position: () => options.position,
		begin: (_: string, at: string) => {
			position ??= at;
		},
		keepPositions: () => undefined,
	};
	const end = new AbortController();
	const running = source.run(session, end.signal);
	return {
		...{ clock, logs, follow, containers, source, messages },
		texts: () => messages.map(({ message }) => message),
		position: () => position,
		stop: async () => {
			end.abort();
			await clock.advance(100);
			await running;
		},
	};
}

function positionOf({ position }: ReturnType<typeof start>): { readonly position?: string } {
	const at = position();
	return at === undefined ? {} : { position: at };
}

describe('the logs of containers, from the engine', () => {
	it('cloud-api #49: come with service, output and time', async () => {
		const { clock, logs, messages, stop } = start();
		await clock.advance(0);
		logs.write(out(5_000_000, 'one'), err(6_000_000, 'two'));
		await clock.advance(10);
		const service = { kind: 'service', serviceId: 7, serviceName: 'web' };
		expect(messages).to.deep.equal([
			{ ...service, message: 'one', timestamp: Date.UTC(2026, 0, 1, 0, 0, 2, 5), isStdErr: false },
			{ ...service, message: 'two', timestamp: Date.UTC(2026, 0, 1, 0, 0, 2, 6), isStdErr: true },
		]);
		await stop();
	});

	for (const [level, onlyStdErr] of [
		['none', []],
		['err', [true]],
		['error', [true]],
		['info', [false]],
	] as const) {
		it(`cloud-api #49: of level ${level} are ${onlyStdErr[0] === undefined ? 'not read' : onlyStdErr[0] ? 'errors only' : 'all read'}`, async () => {
			const { clock, follow, stop } = start({ containers: [containerOf({ level })] });
			await clock.advance(0);
			expect(follow.args.map(([options]) => options.onlyStdErr)).to.deep.equal(onlyStdErr);
			await stop();
		});
	}

	it('continue after a restart behind the last line, of several with the same time too', async () => {
		const first = start();
		await first.clock.advance(0);
		const history = [out(1, 'a'), out(1, 'b'), err(1, 'E'), out(1, 'c'), out(2, 'd')];
		first.logs.write(...history.slice(0, 3));
		await first.clock.advance(10);
		expect(first.texts()).to.deep.equal(['a', 'b', 'E']);
		await first.stop();
		const second = start({ position: first.position()! });
		second.logs.lines.push(...history);
		await second.clock.advance(10);
		expect(second.texts()).to.deep.equal(['c', 'd']);
		await second.stop();
	});

	it('continue where they began when not one line had left before the restart', async () => {
		const first = start();
		await first.clock.advance(0);
		await first.stop();
		const second = start({ ...positionOf(first), since: new Date(Date.UTC(2026, 0, 2)) });
		second.logs.lines.push(out(1, 'a'));
		await second.clock.advance(10);
		expect(second.follow.args.map(([{ sinceMs }]) => sinceMs)).to.deep.equal([Date.UTC(2026, 0, 1)]);
		expect(second.texts()).to.deep.equal(['a']);
		await second.stop();
	});

	it('are read again when the container was started again, and otherwise not', async () => {
		const containers = [containerOf()];
		const { clock, logs, follow, source, texts, stop } = start({ containers });
		await clock.advance(0);
		logs.write(out(1, 'a'));
		containers[0] = containerOf({ running: false });
		logs.end();
		await clock.advance(100_000);
		source.wake();
		await clock.advance(1000);
		Sinon.assert.calledOnce(follow);
		containers[0] = { ...containerOf(), State: { ...containerOf().State, StartedAt: '2026-01-01T00:01:00Z' } };
		logs.lines.push(out(2, 'b'));
		source.wake();
		await clock.advance(1000);
		Sinon.assert.calledTwice(follow);
		expect(texts()).to.deep.equal(['a', 'b']);
		await stop();
	});

	it('are left to the journal where that is read, container by container', async () => {
		for (const [driver, isJournalRead, count] of [
			['journald', true, 0],
			['journald', false, 1],
			['json-file', true, 1],
			['none', false, 0],
		] as const) {
			const { clock, follow, stop } = start({ containers: [containerOf({ driver })], isJournalRead });
			await clock.advance(0);
			expect(follow.callCount, driver).to.equal(count);
			await stop();
		}
	});
});

describe('how far a log has been read', () => {
	it('is counted for each output by itself, as they are not in order beside each other', () => {
		const before = new ResumePoint();
		for (const line of [err(6, 'late'), out(5, 'early')]) expect(before.advance(line)).to.equal(true);
		const after = new ResumePoint(before.toString());
		const lines = [err(6, 'late'), out(5, 'early'), out(5, 'next'), err(6, 'other')];
		expect(lines.filter((line) => after.advance(line)).map(({ text }) => text)).to.deep.equal(['next', 'other']);
		expect(after.sinceMs).to.equal(Date.UTC(2026, 0, 1, 0, 0, 1));
	});
});
