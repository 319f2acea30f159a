import type { JournalQuery } from '../../ports/journal.ts';
import type { ApiOptions } from '../api-options.ts';
import { fieldOf, isTruthy, parseInteger } from '../coerce.ts';
import type { Route } from '../route.ts';
import { sendStream } from '../send-stream.ts';

/** The journal of the host, as its own program prints it (spec: device-api 5.17). */
export function journalRoutes({ journal }: ApiOptions): readonly Route[] {
	return [
		{
			method: 'post',
			path: '/v2/journal-logs',
			access: 'key',
			handle: async (request, response) => {
				// Opened before anything is sent: if the program is missing, the answer is an error.
				const reader = await journal.open(readQuery(request.body));
				try {
					await sendStream(response, (signal) => {
						// While the journal is silent, the program would never notice that its client has left.
						signal.addEventListener('abort', reader.end, { once: true });
						return reader.output;
					});
				} finally {
					reader.end();
				}
			},
		},
	];
}

/** Unknown values are left out; the program checks times and formats. */
function readQuery(body: unknown): JournalQuery {
	const count = parseInteger(fieldOf(body, 'count')) ?? 0;
	const unit = textIn(body, 'unit');
	const containerId = textIn(body, 'containerId');
	const since = textIn(body, 'since');
	const until = textIn(body, 'until');
	return {
		all: isTruthy(fieldOf(body, 'all')),
		follow: isTruthy(fieldOf(body, 'follow')),
		format: textIn(body, 'format') ?? 'short',
		...(count > 0 ? { count } : {}),
		...(unit === undefined ? {} : { unit }),
		...(containerId === undefined ? {} : { containerId }),
		...(since === undefined ? {} : { since }),
		...(until === undefined ? {} : { until }),
	};
}

function textIn(body: unknown, name: string): string | undefined {
	const value = fieldOf(body, name);
	const text = typeof value === 'number' ? String(value) : value;
	return typeof text === 'string' && text !== '' && !text.includes('\0') ? text : undefined;
}
