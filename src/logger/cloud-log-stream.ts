import { isAborted } from '../lib/is-aborted.ts';
import { linkSignal } from '../lib/link-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { LogConnection, LogConnectionEnd, LogTarget, LogUplink } from '../ports/log-uplink.ts';
import { HttpError } from '../ports/http-client.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { ConnectionOutcome, LogQueue } from './log-queue.ts';

interface CloudLogStreamOptions {
	readonly uplink: LogUplink;
	readonly queue: LogQueue;
	/** Read before each connection, because uuid and key may have changed. `undefined`: there is no cloud to send to. */
	readonly target: () => Promise<LogTarget | undefined>;
	readonly clock: Clock;
	readonly log: Log;
}

/** The connection sends nothing at first: most refusals come within this time. */
const GRACE_MS = 5000;
const FLUSH_MS = 100;
const IDLE_MS = 60_000;
const COOLDOWN_MS = 5000;
const COOLDOWN_MAX_MS = 300_000;
/**
 * The cloud cuts each request after some 300 s, without saying what has arrived. A stream that the supervisor ends
 * earlier gets an answer, which confirms all lines.
 */
const RENEW_MS = 270_000;
/** The cloud has read nothing for so long: the connection is dead. */
const STALL_MS = 60_000;
/** Limit for the answer to the end of the stream; shorter when the process ends. */
const END_MS = 10_000;
const STOP_MS = 2500;
/** The lines are refused: sent again they would be refused again. */
const REFUSED = [400, 413];
/** The device or the request is refused: the cloud has not read any line. */
const UNREAD = [401, 404, 415];
/** The cloud refuses a device that it does not know only after 55 s (spec: cloud-observed). */
const CONFIRMED_MS = 60_000;

/** Sends the queue over one connection, which exists only while there are lines (spec: cloud-api 13.2). */
export class CloudLogStream {
	readonly #options: CloudLogStreamOptions;
	#failures = 0;
	#lastAttemptAt: number | undefined;
	/** Ends the present connection at once. */
	#disconnect: (() => void) | undefined;
	/** Ends the present connection and waits for the answer of the cloud. */
	#renew: (() => void) | undefined;
	#isOutdated = false;

	constructor(options: CloudLogStreamOptions) {
		this.#options = options;
	}

	disconnect(): void {
		this.#disconnect?.();
	}

	/** The name or key of the device, or the address of the cloud, has changed: ends the connection in order. */
	reconnect(): void {
		this.#isOutdated = this.#renew !== undefined;
		this.#renew?.();
	}

	/** Lasts until aborted; then it sends the rest, as far as a short time allows. */
	async run(signal: AbortSignal): Promise<void> {
		const { queue, clock } = this.#options;
		while (!signal.aborted) {
			await queue.waitForLines(signal);
			await clock.sleep(queue.isEmpty ? 0 : this.#cooldownMs(), signal);
			if (!isAborted(signal) && !queue.isEmpty) {
				await this.#connect(signal);
			}
		}
	}

	#cooldownMs(): number {
		if (this.#lastAttemptAt === undefined) {
			return 0;
		}
		const full = Math.min(2 ** Math.min(this.#failures, 40) * COOLDOWN_MS, COOLDOWN_MAX_MS);
		return Math.max(full - (this.#options.clock.now() - this.#lastAttemptAt), 0);
	}

	async #connect(signal: AbortSignal): Promise<void> {
		const { uplink, queue, clock } = this.#options;
		this.#lastAttemptAt = clock.now();
		const link = linkSignal(signal);
		this.#disconnect = () => {
			link.abort();
		};
		try {
			const target = await this.#options.target();
			if (target === undefined) {
				queue.discard();
				return;
			}
			const connection = await uplink.open(target, link.signal);
			await this.#use(connection, link.signal, signal);
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				if (link.signal.aborted) {
					return; // the abort reason of that signal
				}
				throw error;
			}
			this.#failed({ kind: 'broken', error });
		} finally {
			this.#disconnect = undefined;
			this.#isOutdated = false;
			link.unlink();
		}
	}

	/** From the start of a connection to its end. `leave`: end it; `signal`: the process ends. */
	async #use(connection: LogConnection, leave: AbortSignal, signal: AbortSignal): Promise<void> {
		const link = linkSignal(leave);
		const confirmedAt = this.#options.clock.now() + CONFIRMED_MS;
		this.#options.queue.beginConnection();
		this.#renew = () => {
			link.abort();
		};
		let end: LogConnectionEnd | undefined;
		const over = connection.over.then((reached) => {
			end = reached;
			link.abort();
		});
		try {
			await this.#options.clock.sleep(GRACE_MS, link.signal);
			if (!isAborted(link.signal)) {
				this.#failures = 0;
				await this.#send(connection, link.signal, confirmedAt);
				if (end === undefined) {
					await this.#end(connection, over, signal);
				}
			}
		} finally {
			this.#renew = undefined;
			link.unlink();
			connection.destroy();
		}
		if (end === undefined && !leave.aborted) {
			end = { kind: 'broken', error: new HttpError('http-timeout', 'the cloud stopped reading log lines') };
		}
		this.#settle(end);
	}

	/** Until the connection has ended, was idle, or was open for long enough. */
	async #send(connection: LogConnection, over: AbortSignal, confirmedAt: number): Promise<void> {
		const { clock, queue } = this.#options;
		const renewAt = clock.now() + RENEW_MS - GRACE_MS;
		let idleAt = clock.now() + IDLE_MS;
		while (!over.aborted && clock.now() < Math.min(idleAt, renewAt)) {
			if (clock.now() >= confirmedAt) {
				queue.confirmConnection();
			}
			queue.markArrived();
			const delayMs = queue.sendDelayMs();
			if (delayMs > 0) {
				await clock.sleep(delayMs, over);
			} else if (queue.isEmpty) {
				await this.#waitForLines(Math.min(idleAt, renewAt), over);
			} else {
				await clock.sleep(queue.isBatchReady ? 0 : FLUSH_MS, over); // lines that come meanwhile join the batch
				if (isAborted(over) || !(await this.#sendNext(connection, over))) {
					return;
				}
				idleAt = clock.now() + IDLE_MS;
			}
		}
	}

	/** `false`: there is nothing to send, or it was not sent. */
	async #sendNext(connection: LogConnection, over: AbortSignal): Promise<boolean> {
		const { clock, queue } = this.#options;
		const batch = queue.next();
		if (batch === undefined) {
			return false;
		}
		const stall = linkSignal(over);
		const stalled = clock.sleep(STALL_MS, stall.signal).then(() => false);
		const isWritten = await Promise.race([connection.write(batch.text).then(() => true), stalled]);
		stall.abort();
		stall.unlink();
		return isWritten && queue.markSent(batch);
	}

	/** Also ends when sent lines count as arrived. */
	async #waitForLines(until: number, over: AbortSignal): Promise<void> {
		const { clock, queue } = this.#options;
		const link = linkSignal(over);
		const wakeAt = Math.min(until, queue.arrivalAt() ?? until);
		void clock.sleep(wakeAt - clock.now(), link.signal).then(() => {
			link.abort();
		});
		await queue.waitForLines(link.signal);
		link.abort();
		link.unlink();
	}

	/** When the process ends, sends the rest of the queue first. */
	async #end(connection: LogConnection, over: Promise<void>, signal: AbortSignal): Promise<void> {
		const { clock } = this.#options;
		const isLast = signal.aborted;
		const limit = linkSignal();
		const late = clock.sleep(isLast ? STOP_MS : END_MS, limit.signal).then(() => {
			limit.abort();
		});
		void over.then(() => {
			limit.abort();
		});
		while (isLast && !isAborted(limit.signal) && (await this.#sendNext(connection, limit.signal))) {
			// until nothing is left
		}
		connection.end();
		await Promise.race([over, late]);
		limit.abort();
	}

	/** `undefined`: this process ended the connection without waiting for an answer. */
	#settle(end: LogConnectionEnd | undefined): void {
		if (end === undefined) {
			this.#options.queue.markArrived();
		} else if (end.kind === 'answered' && end.status >= 200 && end.status < 300) {
			this.#options.queue.endConnection('accepted');
		} else {
			this.#failed(end);
		}
	}

	#failed(end: LogConnectionEnd): void {
		const { log, queue } = this.#options;
		this.#failures += 1;
		queue.endConnection(outcomeOf(end, this.#isOutdated));
		const why = end.kind === 'answered' ? { status: end.status } : { code: end.error.code, error: end.error.message };
		const fields = { ...why, retryInMs: Math.round(this.#cooldownMs()) };
		if (this.#failures === 1) {
			log.info('the log stream broke', fields);
		} else {
			log.debug('the log stream broke again', fields);
		}
	}
}

/** Lines on a connection that broke under an outdated name or key count as unread. */
function outcomeOf(end: LogConnectionEnd, isOutdated: boolean): ConnectionOutcome {
	if (end.kind === 'broken') {
		return isOutdated ? 'unread' : 'broken';
	}
	if (REFUSED.includes(end.status)) {
		return 'refused';
	}
	return UNREAD.includes(end.status) ? 'unread' : 'broken';
}
