import { HISTORY_KINDS } from '../../src/domain/history.ts';
import type { Descriptions, Schema } from './description.ts';
import { BOOLEAN, exactly, INTEGER, listOf, oneOf, ref, STRING, TIME } from './schemas.ts';

const ENTRY: Schema = exactly({
	id: INTEGER,
	kind: oneOf(...HISTORY_KINDS),
	event: { type: 'string', description: 'What happened: `done`, `failed`, `started`, `lost` …' },
	at: TIME,
	'count?': { type: 'integer', minimum: 2, description: 'So many of the same, the last at `at`.' },
	'first_at?': TIME,
	'clock?': { const: 'unsynchronised', description: 'The clock was not set when it happened.' },
	'app_id?': INTEGER,
	'app?': { type: 'string', description: 'Its uuid.' },
	'service?': STRING,
	sentence: STRING,
	'details?': { type: 'object', description: 'Exit code and last lines, duration in seconds, reason …' },
});

const TIME_PARAMETER: Schema = { type: 'string', description: 'RFC 3339; a day alone begins at midnight UTC.' };
const APP = { description: 'The id or uuid of an app.', schema: STRING };
const SERVICE = { description: 'The name of a service.', schema: STRING };
const BAD_QUERY = { description: 'A value of the query that cannot be read.', problem: ref('Problem') };

/** What has happened, and what happens (spec: v3-api 5.3, 6). */
export const PAST: Descriptions = {
	'GET /v3/history': {
		summary: 'Show what has happened, the newest first',
		section: '6.1',
		description: 'Of the apps that the key covers; what the device says of itself is for its own key.',
		query: {
			since: { description: 'Not before.', schema: TIME_PARAMETER },
			until: { description: 'Not after.', schema: TIME_PARAMETER },
			app: APP,
			service: SERVICE,
			kind: { description: `One or several of ${HISTORY_KINDS.join(', ')}, with commas.`, schema: STRING },
			limit: { description: 'So many at most.', schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } },
			before: { description: '`next` of the page before.', schema: INTEGER },
		},
		answers: {
			200: {
				description: 'One page; `next` is absent on the last.',
				json: exactly({ events: listOf(ENTRY), 'next?': INTEGER }),
				example: {
					events: [
						{
							...{ id: 214, kind: 'service', event: 'ended', at: '2026-03-01T09:12:44.120Z', count: 3 },
							...{ first_at: '2026-03-01T09:10:02.007Z', app_id: 1234, app: '6b1f…', service: 'web' },
							sentence: 'web has ended (exit code 1)',
							details: { container: '4f1c9a0b2d3e', exit_code: 1, lines: ['cannot open /data/db: no such file'] },
						},
					],
					next: 214,
				},
			},
			400: BAD_QUERY,
		},
	},
	'GET /v3/events': {
		summary: 'Follow what happens, as server-sent events',
		section: '6.3',
		description:
			'`status`: the state of the apps. `explain`: what is not on target and why, each subject when it changes; `sentence` is `null` when it is. ' +
			'`history`: events as in `/v3/history`, each by itself; only they have an `id`, and `Last-Event-ID` sends those since again. ' +
			'`progress`: downloads. A comment every 15 seconds. Sixteen streams at most; a client that leaves 256 KiB unread is dropped.',
		answers: {
			200: {
				description: 'Never ends by itself.',
				stream: { type: 'text/event-stream' },
				example:
					'event: explain\ndata: {"app_id":1234,"service":"web","kind":"dependency","sentence":"web waits until db is healthy"}\n\n',
			},
		},
	},
	'GET /v3/logs': {
		summary: 'Read and follow the logs of services',
		section: '6.4',
		description: 'From the journal or the engine; in every mode, for the apps that the key covers.',
		query: {
			app: APP,
			service: SERVICE,
			since: { description: 'Not before.', schema: TIME_PARAMETER },
			lines: {
				description: 'So many of the last lines, of all services together.',
				schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
			},
			follow: { description: 'With new lines as they come.', schema: ref('Flag') },
		},
		answers: {
			200: {
				description: 'One JSON object for each line, the oldest first.',
				stream: { lines: ref('ServiceLine'), type: 'application/x-ndjson' },
				example: { serviceName: 'web', message: 'ready', isStdErr: false, timestamp: 1772356364120, serviceId: 7 },
			},
			400: BAD_QUERY,
		},
	},
	'GET /v3/requests/:id': {
		summary: 'Show what became of a request of a user',
		section: '5.3',
		description: 'The last thousand are known. Their ids are in the history.',
		answers: {
			200: {
				description: 'Who asked, and how it stands.',
				json: exactly({
					id: STRING,
					operation: { type: 'string', pattern: '^[a-z_]+$' },
					state: oneOf('open', 'done', 'failed', 'superseded'),
					force: BOOLEAN,
					'app_id?': INTEGER,
					'service?': STRING,
					'asked_by?': {
						type: 'string',
						pattern: String.raw`^(device|none|app:\d+)$`,
						description: 'The key that was shown; `none`: no key was required.',
					},
					'error?': exactly({ code: STRING, message: STRING }),
				}),
				example: {
					...{ id: '5f0c', operation: 'restart_service', state: 'failed', force: false, app_id: 1234, service: 'web' },
					asked_by: 'app:1234',
					error: { code: 'updates-locked', message: 'Lockfile exists for { appId: 1234, service: till }' },
				},
			},
			404: { description: 'There is no such request, or the key does not cover it.', problem: ref('Problem') },
		},
	},
};
