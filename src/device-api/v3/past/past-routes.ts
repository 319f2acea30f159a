import type { LocalLogLine } from '../../../domain/log-message.ts';
import type { ApiOptions } from '../../api-options.ts';
import { accessFor } from '../../middleware.ts';
import { ProblemError } from '../../problem.ts';
import type { Route } from '../../route.ts';
import { sendStream } from '../../send-stream.ts';
import { EventStreams } from './event-streams.ts';
import { readHistoryQuery, readLogQuery } from './read-query.ts';
import { sheetReader } from './status-sheet.ts';
import { isRequestCovered, viewEntry, viewRequest } from './views.ts';

/** What has happened, and what happens (spec: v3-api 5.3, 6). */
export function pastRoutes(options: ApiOptions): readonly Route[] {
	return [historyRoute(options), eventsRoute(options), logsRoute(options), requestRoute(options)];
}

function historyRoute({ past }: ApiOptions): Route {
	return {
		method: 'get',
		path: '/v3/history',
		access: 'filtered',
		handle: async (request, response) => {
			const { query, limit } = readHistoryQuery(request.query, accessFor(response));
			const found = await past.history(query, { order: 'newest', limit: limit + 1 }); // one more: is there another page?
			const page = found.slice(0, limit);
			const last = page.at(-1);
			response.json({
				events: page.map(viewEntry),
				...(found.length > limit && last !== undefined ? { next: last.id } : {}),
			});
		},
	};
}

function eventsRoute(options: ApiOptions): Route {
	const { past, status, now } = options;
	const streams = new EventStreams({ past, status, now, readSheet: sheetReader(options) });
	return {
		method: 'get',
		path: '/v3/events',
		access: 'filtered',
		handle: (request, response) => {
			const last = request.get('Last-Event-ID') ?? '';
			const after = /^\d{1,16}$/.test(last) ? Number(last) : undefined;
			return streams.serve({ response, access: accessFor(response), after });
		},
	};
}

function logsRoute({ past }: ApiOptions): Route {
	return {
		method: 'get',
		path: '/v3/logs',
		access: 'filtered',
		handle: async (request, response) => {
			const open = await past.openLogs(readLogQuery(request.query, accessFor(response)));
			response.setHeader('Content-Type', 'application/x-ndjson');
			await sendStream(response, (signal) => toLines(open(signal)));
		},
	};
}

async function* toLines(lines: AsyncIterable<LocalLogLine>): AsyncGenerator<string> {
	for await (const line of lines) {
		yield `${JSON.stringify(line)}\n`;
	}
}

function requestRoute({ past }: ApiOptions): Route {
	return {
		method: 'get',
		path: '/v3/requests/:id',
		access: 'app',
		handle: async (request, response) => {
			const id = request.params['id'];
			const found = typeof id === 'string' ? await past.findRequest(id) : undefined;
			if (found === undefined || !isRequestCovered(found, accessFor(response))) {
				throw new ProblemError({ status: 404, detail: 'There is no such request' });
			}
			response.json(viewRequest(found));
		},
	};
}
