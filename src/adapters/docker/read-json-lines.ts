import { isUtf8 } from 'node:buffer';

const LINE_MAX_BYTES = 1024 * 1024;

/** JSON values, one a line. Ends early, without an error, when the signal aborts; a line that is not JSON is skipped. */
export async function* readJsonLines(stream: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator {
	let rest = Buffer.alloc(0);
	try {
		for await (const chunk of stream) {
			rest = Buffer.concat([rest, Buffer.from(chunk)]);
			for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
				const value = parseLine(rest.subarray(0, end));
				rest = rest.subarray(end + 1);
				if (value !== undefined) {
					yield value;
				}
			}
			if (rest.length > LINE_MAX_BYTES) {
				rest = Buffer.alloc(0); // no line of the engine is that long
			}
		}
	} catch (error) {
		if (!signal.aborted) {
			throw error;
		}
	}
}

function parseLine(line: Buffer): unknown {
	if (!isUtf8(line) || line.length === 0) {
		return undefined;
	}
	try {
		return JSON.parse(line.toString('utf8'));
	} catch {
		return undefined; // half a line at the end of a broken stream
	}
}
