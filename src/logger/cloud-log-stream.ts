import { isAborted } from '../lib/is-aborted.ts';
import { linkSignal } from '../lib/link-signal.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { LogConnection, LogConnectionEnd, LogTarget, LogUplink } from '../ports/log-uplink.ts';
import { HttpError } from '../ports/http-client.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { LogBatch, LogBuffer } from './log-buffer.ts';
import type { LogPositions } from './log-positions.ts';
import { SentLines } from './sent-lines.ts';

export interface CloudLogStreamOptions {
	readonly uplink: LogUplink;
	readonly buffer: LogBuffer;
	readonly positions: LogPositions;
	/** Asked before each connection: uuid and key may have changed. `undefined`: there is no cloud to send to. */
	readonly target: () => Promise<LogTarget | undefined>;
	readonly clock: Clock;
	readonly log: Log;
}

/** Nothing is sent for so long: the cloud refuses within this time if it refuses at all. */
const GRACE_MS = 5000;
const FLUSH_MS = 100;
const IDLE_MS = 60_000;
const COOLDOWN_MS = 5000;
const COOLDOWN_MAX_MS = 300_000;
/**
 * The cloud cuts every request after some 300 s, and then nobody knows what had arrived. We end it before, and the
 * answer tells that all of it had.
 */
const RENEW_MS = 270_000;
/** The cloud has taken nothing for so long: it has gone away without a word. */
const STALL_MS = 60_000;
/** For the answer to the end of the stream; less when the process ends. */
const END_MS = 10_000;
const STOP_MS = 2500;
/** It takes exception to what it was sent: the same again would end the same way. */
const REFUSED = [400, 413];
/** It takes exception to who sends, or how: it has read nothing. */
const NOT_READ = [401, 404, 415];
/** It takes 55 s to say so to a device that it does not know (spec: cloud-observed). */
const PROOF_MS = 60_000;

/**
 * One connection for all logs, there only while there is something to send (spec: cloud-api 13.2). The order: what was
 * sent and may not have arrived, what was taken and not sent, what is in the buffer.
 */
export class CloudLogStream {
	readonly #options: CloudLogStreamOptions;
	readonly #sent: SentLines;
	readonly #wake = new WakeSignal<'lines'>();
	#unsent: LogBatch[] = [];
	#failures = 0;
	#lastAttemptAt: number | undefined;
	/** Ends the connection that there is. */
	#leave: (() => void) | undefined;
	/** The same, and waits for what the cloud says to it. */
	#renew: (() => void) | undefined;
	#isOutdated = false;

	constructor(options: CloudLogStreamOptions) {
		this.#options = options;
		this.#sent = new SentLines(options.clock);
	}

	/** There is something to send. */
	wake(): void {
		this.#wake.wake('lines');
	}

	/** Of what is here. See `LogBuffer`. */
	get owed(): number {
		return this.#unsent.reduce((sum, { owed }) => sum + owed, 0);
	}

	/** Sends nothing more of what it has, and ends the connection. */
	discard(): void {
		const { buffer } = this.#options;
		for (const batch of this.#unsent) {
			buffer.release(batch);
		}
		this.#unsent = [];
		this.#sent.clear();
		this.#leave?.();
	}

	/** The device has another name or key, the cloud another address: the connection that there is ends in order. */
	reconnect(): void {
		this.#isOutdated = this.#renew !== undefined;
		this.#renew?.();
	}

	/** Lasts until aborted; what can be sent then is sent, for a short time. */
	async run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			if (this.#isEmpty()) {
				this.#wake.take();
				await this.#wake.wait(signal);
			} else {
				await this.#options.clock.sleep(this.#cooldownMs(), signal);
				if (!isAborted(signal) && !this.#isEmpty()) {
					await this.#connect(signal);
				}
			}
		}
	}

	#isEmpty(): boolean {
		return this.#unsent.length === 0 && this.#options.buffer.isEmpty;
	}

	#cooldownMs(): number {
		if (this.#lastAttemptAt === undefined) {
			return 0;
		}
		const full = Math.min(2 ** Math.min(this.#failures, 40) * COOLDOWN_MS, COOLDOWN_MAX_MS);
		return Math.max(full - (this.#options.clock.now() - this.#lastAttemptAt), 0);
	}

	async #connect(signal: AbortSignal): Promise<void> {
		const { uplink, buffer, clock } = this.#options;
		this.#lastAttemptAt = clock.now();
		const link = linkSignal(signal);
		this.#leave = () => {
			link.abort();
		};
		try {
			const target = await this.#options.target();
			if (target === undefined) {
				buffer.discard();
				return;
			}
			const connection = await uplink.open(target, link.signal);
			await this.#use(connection, link.signal, signal);
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				if (link.signal.aborted) {
					return; // its reason
				}
				throw error;
			}
			this.#failed({ kind: 'broken', error });
		} finally {
			this.#leave = undefined;
			this.#isOutdated = false;
			link.unlink();
		}
	}

	/** From the first moment of a connection to its end. `leave`: it is to end; `signal`: the process is. */
	async #use(connection: LogConnection, leave: AbortSignal, signal: AbortSignal): Promise<void> {
		const link = linkSignal(leave);
		const provenAt = this.#options.clock.now() + PROOF_MS;
		this.#sent.begin();
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
				await this.#send(connection, link.signal, provenAt);
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
			end = { kind: 'broken', error: new HttpError('http-timeout', 'the cloud takes no more log lines') };
		}
		this.#settle(end);
	}

	/** Until it is over, or has been idle, or open, for long enough. */
	async #send(connection: LogConnection, over: AbortSignal, provenAt: number): Promise<void> {
		const { clock, positions } = this.#options;
		const renewAt = clock.now() + RENEW_MS - GRACE_MS;
		let idleAt = clock.now() + IDLE_MS;
		while (!over.aborted && clock.now() < Math.min(idleAt, renewAt)) {
			if (clock.now() >= provenAt) {
				this.#sent.prove();
			}
			positions.advance(this.#sent.takeArrived());
			const waitMs = this.#sent.waitMs();
			if (waitMs > 0) {
				await clock.sleep(waitMs, over);
			} else if (this.#isEmpty()) {
				await this.#waitForLines(Math.min(idleAt, renewAt), over);
			} else {
				await clock.sleep(this.#unsent.length > 0 ? 0 : FLUSH_MS, over); // what comes meanwhile goes with it
				if (isAborted(over) || !(await this.#sendNext(connection, over))) {
					return;
				}
				idleAt = clock.now() + IDLE_MS;
			}
		}
	}

	/** `false`: there was nothing, or it did not go. */
	async #sendNext(connection: LogConnection, over: AbortSignal): Promise<boolean> {
		if (this.#unsent.length === 0) {
			const taken = this.#options.buffer.take();
			this.#unsent = taken === undefined ? [] : [taken];
		}
		const [batch] = this.#unsent;
		if (batch === undefined) {
			return false;
		}
		const stall = linkSignal(over);
		const stalled = this.#options.clock.sleep(STALL_MS, stall.signal).then(() => false);
		const isWritten = await Promise.race([connection.write(batch.text).then(() => true), stalled]);
		stall.abort();
		stall.unlink();
		if (!isWritten || this.#unsent[0] !== batch) {
			return false; // it is away, or nobody wants it any more
		}
		this.#unsent.shift();
		this.#options.buffer.release(batch);
		this.#sent.add(batch);
		this.#options.positions.changed(); // it is not owed any more
		return true;
	}

	/** A moment after the last lines they count as arrived; that, too, is waited for here. */
	async #waitForLines(until: number, over: AbortSignal): Promise<void> {
		const { clock } = this.#options;
		this.#wake.take();
		const link = linkSignal(over);
		const wakeAt = Math.min(until, this.#sent.arrivalAt() ?? until);
		void clock.sleep(wakeAt - clock.now(), link.signal).then(() => {
			link.abort();
		});
		await this.#wake.wait(link.signal);
		link.abort();
		link.unlink();
	}

	/** What is there goes as well when the process ends. */
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

	/** What has become of the lines that were sent. `undefined`: the process ends, or nobody wants them any more. */
	#settle(end: LogConnectionEnd | undefined): void {
		if (end?.kind === 'answered' && end.status >= 200 && end.status < 300) {
			this.#options.positions.advance(this.#sent.takeAll().positions);
		} else if (end === undefined) {
			this.#options.positions.advance(this.#sent.takeArrived());
		} else {
			this.#failed(end);
		}
	}

	#sendAgain({ batches, lostLines }: { readonly batches: readonly LogBatch[]; readonly lostLines: number }): void {
		const { buffer, positions } = this.#options;
		this.#unsent = [...batches, ...this.#unsent];
		positions.changed(); // they are owed again
		if (lostLines > 0) {
			buffer.drop(lostLines);
		}
	}

	/** What may not have arrived is sent again: nothing is lost, and a little comes twice. */
	#failed(end: LogConnectionEnd): void {
		const { log, buffer, positions } = this.#options;
		this.#failures += 1;
		positions.advance(this.#sent.takeArrived());
		if (end.kind === 'answered' && REFUSED.includes(end.status)) {
			const refused = this.#sent.takeAll();
			positions.advance(refused.positions);
			buffer.drop(refused.lines);
		} else {
			const isUnread = end.kind === 'answered' ? NOT_READ.includes(end.status) : this.#isOutdated;
			this.#sendAgain(isUnread ? this.#sent.takeBackAll() : { batches: this.#sent.takeBack(), lostLines: 0 });
		}
		const why = end.kind === 'answered' ? { status: end.status } : { code: end.error.code, error: end.error.message };
		const fields = { ...why, retryInMs: Math.round(this.#cooldownMs()) };
		if (this.#failures === 1) {
			log.info('the log stream broke', fields);
		} else {
			log.debug('the log stream broke again', fields);
		}
	}
}
