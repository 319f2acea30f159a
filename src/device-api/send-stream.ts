import { once } from 'node:events';
import type { Response } from 'express';
import { linkSignal } from '../lib/link-signal.ts';

/**
 * Sends what comes, as it comes, no faster than the client takes it; without a content type (spec: device-api 1.6). Ends
 * with the source, and ends the source when the client has gone.
 */
export async function sendStream(
	response: Response,
	source: (signal: AbortSignal) => AsyncIterable<string | Uint8Array>,
): Promise<void> {
	const link = linkSignal();
	const gone = () => {
		link.abort();
	};
	response.once('close', gone);
	try {
		response.status(200).flushHeaders();
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
