import type { Settings } from '../../config/index.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { linkSignal } from '../../lib/link-signal.ts';
import type { ByteSource } from '../../ports/byte-source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeltaPatch } from '../../application-manager/index.ts';
import type { ImagePatcher } from '../../ports/image-patcher.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { parseJson } from '../protocol/cloud-caller.ts';
import { DownloadError, startDownload } from './resumable-download.ts';

interface DeltaPatchesOptions {
	readonly source: ByteSource;
	readonly patcher: ImagePatcher;
	readonly clock: Clock;
	readonly log: Log;
}

type DeltaPatchSettings = Pick<
	Settings,
	'deltaApplyTimeoutMs' | 'deltaRequestTimeoutMs' | 'deltaRetryCount' | 'deltaRetryIntervalMs'
>;

/** Of the description in front of a payload. */
const HEADER_BYTES_MAX = 1024 * 1024;

/** Deltas of version 2: downloaded and applied as they come (spec: cloud-api 14.6). */
export class DeltaPatches {
	readonly #options: DeltaPatchesOptions;

	constructor(options: DeltaPatchesOptions) {
		this.#options = options;
	}

	canApply(): Promise<boolean> {
		return this.#options.patcher.isAvailable();
	}

	at(url: string, settings: DeltaPatchSettings): DeltaPatch {
		return { apply: (options) => this.#apply(url, settings, options) };
	}

	async #apply(
		url: string,
		settings: DeltaPatchSettings,
		{ source, signal, progress }: Parameters<DeltaPatch['apply']>[0],
	): ReturnType<DeltaPatch['apply']> {
		const { clock, patcher } = this.#options;
		const { deltaApplyTimeoutMs: applyTimeoutMs, deltaRequestTimeoutMs: timeoutMs } = settings;
		const { deltaRetryCount: retryCount, deltaRetryIntervalMs: retryIntervalMs } = settings;
		const [work, timer] = [linkSignal(signal), linkSignal(signal)];
		if (applyTimeoutMs > 0) {
			void clock.sleep(applyTimeoutMs, timer.signal).then(() => {
				if (!timer.signal.aborted) {
					work.abort(new OperationalError('delta-apply', `the delta was not applied within ${applyTimeoutMs} ms`));
				}
			});
		}
		try {
			const plan = { url, timeoutMs, retryCount, retryIntervalMs };
			const download = await startDownload(this.#options, plan, work.signal);
			try {
				const { config, batch } = await splitPayload(counted(download.bytes, download.lengthBytes, progress));
				return await patcher.apply({ source, config, batch }, work.signal);
			} finally {
				download.close();
			}
		} finally {
			timer.abort();
			timer.unlink();
			work.unlink();
		}
	}
}

/** The engine has still to be given the image when all of it has arrived. */
async function* counted(
	bytes: AsyncIterable<Uint8Array>,
	lengthBytes: number,
	progress: (percent: number) => void,
): AsyncGenerator<Uint8Array> {
	let read = 0;
	for await (const chunk of bytes) {
		read += chunk.length;
		progress(Math.floor((read / lengthBytes) * 100));
		yield chunk;
	}
}

/** `{"version":2,"dockerConfig":{…}}`, one NUL byte, and what rsync wrote. */
export async function splitPayload(
	bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly config: object; readonly batch: AsyncIterable<Uint8Array> }> {
	const iterator = bytes[Symbol.asyncIterator]();
	let head = Buffer.alloc(0);
	let end = -1;
	while (end < 0) {
		const next = await iterator.next();
		if (next.done === true || head.length > HEADER_BYTES_MAX) {
			throw new DownloadError('delta-payload', 'the delta does not begin with a description of the image');
		}
		const nul = next.value.indexOf(0);
		end = nul < 0 ? -1 : head.length + nul;
		head = Buffer.concat([head, next.value]);
	}
	const description = parseJson(head.toString('utf8', 0, end));
	if (!isPlainObject(description) || description['version'] !== 2 || !isPlainObject(description['dockerConfig'])) {
		throw new DownloadError('delta-payload', 'the delta begins with what is no description of an image');
	}
	return { config: description['dockerConfig'], batch: rest(head.subarray(end + 1), iterator) };
}

async function* rest(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
	if (first.length > 0) {
		yield first;
	}
	for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
		yield next.value;
	}
}
