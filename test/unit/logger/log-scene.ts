import { LogHub, type LogAudience, type LogSource } from '../../../src/logger/index.ts';
import type { LogMessage } from '../../../src/domain/log-message.ts';
import type { LogOrigin, LogSession } from '../../../src/logger/log-source.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { HttpError } from '../../../src/ports/http-client.ts';
import type { JsonCache } from '../../../src/ports/json-cache.ts';
import type { LogConnection, LogConnectionEnd, LogTarget, LogUplink } from '../../../src/ports/log-uplink.ts';
import { silentLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** A line as it arrived. */
export interface Arrived {
	readonly at: number;
	readonly message: string;
	readonly isSystem?: boolean;
	readonly isStdErr?: boolean;
	readonly timestamp: number;
	readonly serviceId?: number;
}

/** What the cloud does with a connection: `take` unless set otherwise. */
type Manner = 'take' | 'unreachable' | 'stall' | { readonly status: number };

class FakeConnection implements LogConnection {
	readonly openedAt: number;
	readonly target: LogTarget;
	readonly arrived: Arrived[] = [];
	readonly over: Promise<LogConnectionEnd>;
	endedAt: number | undefined;
	isOver = false;
	readonly #clock: Clock;
	readonly #isStalled: boolean;
	#settle: (end: LogConnectionEnd) => void = () => undefined;

	constructor(clock: Clock, target: LogTarget, manner: Manner) {
		this.#clock = clock;
		this.openedAt = clock.now();
		this.target = target;
		this.#isStalled = manner === 'stall';
		this.over = new Promise((resolve) => {
			this.#settle = resolve;
		});
		if (typeof manner === 'object') this.answer(manner.status);
	}

	write(lines: string): Promise<void> {
		if (this.#isStalled) return this.over.then(() => undefined);
		if (!this.isOver) {
			const at = this.#clock.now();
			const parsed = lines
				.split('\n')
				.slice(0, -1)
				.map((line): Arrived => ({ at, ...(JSON.parse(line) as Omit<Arrived, 'at'>) }));
			this.arrived.push(...parsed);
		}
		return Promise.resolve();
	}

	end(): void {
		if (this.#isStalled) return;
		this.endedAt = this.#clock.now();
		this.answer(201);
	}

	destroy(): void {
		this.#end({ kind: 'broken', error: new HttpError('http-broken', 'destroyed') });
	}

	answer(status: number): void {
		this.#end({ kind: 'answered', status });
	}

	/** What was sent less than `lostMs` ago has not arrived. */
	break(lostMs = 0): void {
		const limit = this.#clock.now() - lostMs;
		while ((this.arrived.at(-1)?.at ?? -Infinity) > limit) this.arrived.pop();
		this.#end({ kind: 'broken', error: new HttpError('http-broken', 'it broke') });
	}

	#end(end: LogConnectionEnd): void {
		this.isOver = true;
		this.#settle(end);
	}
}

export class FakeUplink implements LogUplink {
	readonly attempts: number[] = [];
	readonly connections: FakeConnection[] = [];
	manner: Manner = 'take';
	readonly #clock: Clock;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	open(target: LogTarget): Promise<LogConnection> {
		this.attempts.push(this.#clock.now());
		if (this.manner === 'unreachable') return Promise.reject(new HttpError('http-unreachable', 'no route'));
		const connection = new FakeConnection(this.#clock, target, this.manner);
		this.connections.push(connection);
		return Promise.resolve(connection);
	}

	get last(): FakeConnection {
		return this.connections.at(-1)!;
	}

	get arrived(): readonly Arrived[] {
		return this.connections.flatMap(({ arrived }) => arrived);
	}

	get messages(): readonly string[] {
		return this.arrived.map(({ message }) => message);
	}
}

export class MemoryPositions implements JsonCache {
	value: unknown;
	writes = 0;

	read(): Promise<unknown> {
		return Promise.resolve(this.value);
	}

	write(value: unknown): Promise<void> {
		this.writes += 1;
		this.value = JSON.parse(JSON.stringify(value));
		return Promise.resolve();
	}
}

/** A clock that knows who sleeps. */
export class WatchedClock extends VirtualClock {
	sleepers = 0;

	override async sleep(ms: number, signal: AbortSignal): Promise<void> {
		this.sleepers += 1;
		await super.sleep(ms, signal);
		this.sleepers -= 1;
	}
}

/** A history of numbered lines that is read like the log of a container. */
export class HistorySource implements LogSource {
	readonly lines: string[] = [];
	/** How often it began, and from where. */
	readonly starts: { readonly position: string | undefined; readonly since: Date }[] = [];
	#wake: () => void = () => undefined;

	add(...lines: readonly string[]): void {
		this.lines.push(...lines);
		this.#wake();
	}

	async run(session: LogSession, signal: AbortSignal): Promise<void> {
		const position = session.position('history');
		this.starts.push({ position, since: session.since });
		let next = position === undefined ? 0 : Number(position) + 1;
		while (!signal.aborted) {
			const line = this.lines[next];
			if (line === undefined) {
				await new Promise<void>((resolve) => {
					const done = () => {
						signal.removeEventListener('abort', done);
						resolve();
					};
					this.#wake = done;
					signal.addEventListener('abort', done, { once: true });
				});
			} else if (session.sink.offer(serviceLine(line), { source: 'history', position: String(next) })) {
				next += 1;
			} else {
				await session.sink.room(signal);
			}
		}
	}
}

function serviceLine(message: string, change: Partial<LogOrigin & { readonly serviceId: number }> = {}): LogMessage {
	const timestamp = Date.UTC(2026, 0, 1);
	return { kind: 'service', message, timestamp, isStdErr: false, serviceId: change.serviceId ?? 7, serviceName: 'web' };
}

export const TARGET: LogTarget = { url: 'https://cloud.test/device/v2/d/log-stream', deviceApiKey: 'key' };

export interface LogScene {
	readonly clock: WatchedClock;
	readonly uplink: FakeUplink;
	readonly store: MemoryPositions;
	readonly history: HistorySource;
	readonly hub: LogHub;
	/** Ends the process, as far as logs go. */
	stop(): Promise<void>;
}

interface LogSceneOptions extends Partial<Pick<LogScene, 'clock' | 'uplink' | 'store' | 'history'>> {
	readonly audience?: LogAudience;
	/** When the process before this one ended. */
	readonly since?: Date;
	readonly target?: () => Promise<LogTarget | undefined>;
}

/** A hub at work. With parts of another scene: the process was started again. */
export async function startLogs(options: LogSceneOptions = {}): Promise<LogScene> {
	const clock = options.clock ?? new WatchedClock();
	const uplink = options.uplink ?? new FakeUplink(clock);
	const store = options.store ?? new MemoryPositions();
	const history = options.history ?? new HistorySource();
	const hub = new LogHub({
		uplink,
		store,
		target: options.target ?? (() => Promise.resolve(TARGET)),
		audience: options.audience ?? 'cloud',
		clock,
		log: silentLog,
	});
	const end = new AbortController();
	const running = hub.run([history], () => Promise.resolve(options.since ?? new Date(0)), end.signal);
	await clock.advance(0);
	const stop = async () => {
		end.abort();
		const state = { isOver: false };
		void running.then(() => (state.isOver = true));
		while (!state.isOver) await clock.advance(100);
		await running;
	};
	return { clock, uplink, store, history, hub, stop };
}
