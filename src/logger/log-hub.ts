import type { LocalLogLine, LogMessage } from '../domain/log-message.ts';
import { linkSignal, type LinkedSignal } from '../lib/link-signal.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { JsonCache } from '../ports/json-cache.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { LogTarget, LogUplink } from '../ports/log-uplink.ts';
import { CloudLogStream } from './cloud-log-stream.ts';
import { LocalListeners } from './local-listeners.ts';
import { LogProgress } from './log-progress.ts';
import { LogQueue, type LogCounts } from './log-queue.ts';
import type { LogAudience } from './log-target.ts';
import type { LogOrigin, LogSession, LogSource } from './log-source.ts';

interface LogHubOptions {
	readonly uplink: LogUplink;
	/** Stores the position of each source. */
	readonly store: JsonCache;
	readonly target: () => Promise<LogTarget | undefined>;
	readonly audience: LogAudience;
	readonly clock: Clock;
	readonly log: Log;
}

/** All lines for the user go through here: to the cloud, or to listeners on the device, or nowhere. */
export class LogHub implements SystemLog {
	readonly name = 'logs';
	readonly #clock: Clock;
	readonly #queue: LogQueue;
	readonly #stream: CloudLogStream;
	readonly #progress: LogProgress;
	readonly #listeners: LocalListeners;
	readonly #wake = new WakeSignal<'audience' | 'listeners'>();
	#audience: LogAudience;
	/** Counts audiences: lines that were read for one are not for the next. */
	#turn = 0;
	/** Earlier lines are wanted: the audience has not changed since the process started. */
	#isResuming = true;

	constructor({ uplink, store, target, audience, clock, log }: LogHubOptions) {
		this.#clock = clock;
		this.#audience = audience;
		this.#queue = new LogQueue(clock);
		this.#progress = new LogProgress({ queue: this.#queue, store, clock });
		this.#stream = new CloudLogStream({ queue: this.#queue, uplink, target, clock, log });
		this.#listeners = new LocalListeners({
			now: () => clock.wall().getTime(),
			changed: () => {
				this.#wake.wake('listeners');
			},
		});
	}

	/** Of the way to the cloud. */
	counts(): LogCounts {
		return this.#queue.counts;
	}

	/** A line of the agent itself. */
	write(message: string, options: { readonly error?: boolean } = {}): void {
		const line = { kind: 'system', message, timestamp: this.#clock.wall().getTime() } as const;
		this.#pass(options.error === true ? { ...line, isStdErr: true } : line, undefined);
	}

	/** Sends a greeting, then every line while the device is in local mode. No earlier lines. */
	listen(signal: AbortSignal): AsyncGenerator<LocalLogLine> {
		return this.#listeners.listen(signal);
	}

	/** The name or key of the device, or the address of the cloud, has changed. */
	reconnect(): void {
		this.#stream.reconnect();
	}

	/** Unsent lines of the earlier audience are not for the next one. */
	setAudience(audience: LogAudience): void {
		if (audience === this.#audience) {
			return;
		}
		this.#audience = audience;
		this.#turn += 1;
		this.#isResuming = false;
		this.#queue.discard();
		this.#queue.keepSources(() => false);
		this.#stream.disconnect();
		this.#wake.wake('audience');
	}

	/** `since`: from this time on, the lines of sources without a known position are wanted. */
	async run(sources: readonly LogSource[], since: () => Promise<Date>, signal: AbortSignal): Promise<void> {
		const lostLines = await this.#progress.load();
		if (this.#audience === 'cloud') {
			this.#queue.drop(lostLines);
		}
		await Promise.all([this.#stream.run(signal), this.#progress.run(signal), this.#runSources(sources, since, signal)]);
		await this.#progress.save();
	}

	/** Sources run while there is an audience, and start again for each new one. */
	async #runSources(sources: readonly LogSource[], since: () => Promise<Date>, signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			const wanted = this.#isWanted();
			const turn = this.#turn;
			const link = linkSignal(signal);
			const running = wanted ? this.#startSources(sources, since, link) : Promise.resolve();
			while (!link.signal.aborted && wanted === this.#isWanted() && turn === this.#turn) {
				this.#wake.take();
				await this.#wake.wait(link.signal);
			}
			link.abort();
			link.unlink();
			await running;
		}
	}

	async #startSources(sources: readonly LogSource[], since: () => Promise<Date>, link: LinkedSignal): Promise<void> {
		const isResuming = this.#isResuming && this.#audience === 'cloud';
		const turn = this.#turn;
		try {
			const session: LogSession = {
				sink: {
					offer: (message, origin) => turn !== this.#turn || this.#pass(message, origin),
					room: (signal) => this.#queue.room(signal),
				},
				since: isResuming ? await this.#readStart(since) : this.#clock.wall(),
				position: (source) => (isResuming ? this.#queue.position(source) : undefined),
				begin: (source, position) => {
					if (turn === this.#turn && this.#audience === 'cloud') {
						this.#queue.beginSource(source, position);
					}
				},
				keepPositions: (isKept) => {
					this.#queue.keepSources(isKept);
				},
			};
			await Promise.all(sources.map((source) => source.run(session, link.signal)));
		} finally {
			link.abort(); // one source failed: the others must not run alone
		}
	}

	/** Lines from a time without a supervisor are read from their beginning, if the process before left its positions. */
	async #readStart(since: () => Promise<Date>): Promise<Date> {
		return this.#progress.isLoaded ? new Date(0) : since();
	}

	#isWanted(): boolean {
		return this.#audience === 'cloud' || (this.#audience === 'local' && !this.#listeners.isEmpty);
	}

	#pass(message: LogMessage, origin: LogOrigin | undefined): boolean {
		switch (this.#audience) {
			case 'cloud':
				if (origin !== undefined) {
					return this.#queue.offer(message, origin);
				}
				this.#queue.write(message);
				return true;
			case 'local':
				this.#listeners.write(message);
				return true;
			case 'none':
				return true;
		}
	}
}
