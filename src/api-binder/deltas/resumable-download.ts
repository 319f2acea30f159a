import type { ByteAnswer, ByteSource } from '../../ports/byte-source.ts';
import type { Clock } from '../../ports/clock.ts';
import { HttpError } from '../../ports/http-client.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';

/** What was offered is not what can be downloaded. */
export class DownloadError extends OperationalError {}

interface DownloadOptions {
	readonly url: string;
	/** For the answer, and for silence within it. */
	readonly timeoutMs: number;
	/** In a row, without a byte in between. */
	readonly retryCount: number;
	/** At least, between the starts of two attempts. */
	readonly retryIntervalMs: number;
}

interface Download {
	readonly lengthBytes: number;
	/** Resumes where it broke off. Rejects with an `OperationalError`, or with the signal's reason. */
	readonly bytes: AsyncIterable<Uint8Array>;
	/** For one that is not read to its end. */
	close(): void;
}

interface Parts {
	readonly source: ByteSource;
	readonly clock: Clock;
	readonly log: Log;
}

/** The download of a delta (E16, spec: cloud-api 14.6): no credentials, a known length, resumed where it broke off. */
export async function startDownload(parts: Parts, options: DownloadOptions, signal: AbortSignal): Promise<Download> {
	const { url, timeoutMs } = options;
	const startedAt = parts.clock.now();
	const first = await parts.source.open({ url, from: 0, timeoutMs }, signal);
	const lengthBytes = Number(first.headers['content-length'] ?? 0);
	if (first.status !== 200 || !(lengthBytes > 0)) {
		first.close();
		const what = first.status === 200 ? 'it does not say how long it is' : `status ${first.status}`;
		throw new DownloadError('delta-download', `cannot download the delta: ${what}`);
	}
	const run: Run = { answer: first, startedAt, read: 0, failures: 0 };
	return {
		lengthBytes,
		bytes: readAll(
			parts,
			{ ...options, lengthBytes, canResume: first.headers['accept-ranges'] === 'bytes' },
			run,
			signal,
		),
		close: () => {
			run.answer?.close();
		},
	};
}

interface Run {
	answer: ByteAnswer | undefined;
	startedAt: number;
	read: number;
	/** In a row. */
	failures: number;
}

async function* readAll(
	parts: Parts,
	options: DownloadOptions & { readonly lengthBytes: number; readonly canResume: boolean },
	run: Run,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
	const { clock, log } = parts;
	const { lengthBytes, canResume, retryCount, retryIntervalMs } = options;
	while (run.read < lengthBytes) {
		try {
			run.answer ??= await resume(parts.source, options, run.read, signal);
			for await (const chunk of run.answer.body) {
				run.failures = 0;
				run.read += chunk.length;
				yield chunk;
			}
			if (run.read < lengthBytes) {
				throw new HttpError('http-broken', 'the delta ended too early');
			}
		} catch (error) {
			signal.throwIfAborted();
			run.answer?.close();
			run.answer = undefined;
			run.failures += 1;
			if (!(error instanceof HttpError) || !canResume || run.failures > retryCount) {
				throw error;
			}
			log.debug('the download of a delta broke off', { read: run.read, lengthBytes, error: error.message });
			await clock.sleep(retryIntervalMs - (clock.now() - run.startedAt), signal);
			signal.throwIfAborted();
			run.startedAt = clock.now();
		}
	}
	if (run.read > lengthBytes) {
		throw new DownloadError('delta-download', 'cannot download the delta: it is longer than it said');
	}
}

async function resume(
	source: ByteSource,
	{ url, timeoutMs, lengthBytes }: DownloadOptions & { readonly lengthBytes: number },
	from: number,
	signal: AbortSignal,
): Promise<ByteAnswer> {
	const answer = await source.open({ url, from, timeoutMs }, signal);
	const expected = `bytes ${from}-${lengthBytes - 1}/${lengthBytes}`;
	if (answer.status === 206 && answer.headers['content-range'] === expected) {
		return answer;
	}
	if (from === 0 && answer.status === 200) {
		return answer; // nothing was read yet, so nothing can be taken twice
	}
	answer.close();
	if (answer.status >= 500) {
		throw new HttpError('http-broken', `the server of the delta fails (${answer.status})`);
	}
	throw new DownloadError('delta-download', `cannot go on with the delta: status ${answer.status}`);
}
