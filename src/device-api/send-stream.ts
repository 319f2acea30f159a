import { once } from 'node:events';
import type { Response } from 'express';
import { linkSignal } from '../lib/link-signal.ts';

/**
 * Sends chunks as they come, no faster than the client reads them; without a content type (spec: device-api 1.6). Ends
 * with the source, and ends the source when the client leaves. A client that has left before, or that sends HEAD, gets
 * nothing: no event would report its end any more.
 */
export async function sendStream(
	response: Response,
	source: (signal: AbortSignal) => AsyncIterable<string | Uint8Array>,
): Promise<void> {
	response.status(200);
	if (response.closed || response.req.method === 'HEAD') {
		response.end();
		return;
	}
	const link = linkSignal();
	const gone = () => {
		link.abort();
	};
	response.once('close', gone);
	try {
		response.flushHeaders();
		for await (const chunk of source(link.signal)) {
			if (!response.write(chunk) && !link.signal.aborted) {
				await once(response, 'drain', { signal: link.signal });
			}
		}
	} catch (error) {
		if (!link.signal.aborted) {
			throw error;
		}
	} finally {
		response.off('close', gone);
		link.abort();
		response.end();
	}
}
