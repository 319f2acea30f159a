import type { Descriptions, Schema } from './description.ts';
import { BOOLEAN, exactly, failure, failureLike, INTEGER, listOf, mapOf, open, ref, STRING, text } from './schemas.ts';

const ID: Schema = {
	type: ['integer', 'string'],
	minimum: 0,
	pattern: String.raw`^\d+$`,
};
const NAME: Schema = { type: 'string', maxLength: 255, pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$' };
const byName = (values: Schema): Schema => ({ type: 'object', propertyNames: NAME, additionalProperties: values });

/** What a developer's command line asks for, and the journal (spec: device-api 5.10 to 5.13, 5.17). */
export const LOCAL: Descriptions = {
	'GET /v2/local/device-info': {
		summary: 'Show architecture and type of the device',
		section: '5.12',
		answers: {
			200: {
				description: 'As its configuration has them.',
				json: exactly({ status: text('success'), info: exactly({ arch: STRING, deviceType: STRING }) }),
			},
			500: { description: 'The device does not say.', json: failure() },
		},
	},
	'GET /v2/local/target-state': {
		summary: 'Show the target that the device is working on',
		section: '5.10',
		description: 'Name and configuration may be posted back; apps are shown composed, keys included.',
		answers: {
			200: {
				description: 'The target.',
				json: exactly({
					status: text('success'),
					state: exactly({
						local: exactly({ name: STRING, config: mapOf(STRING), apps: mapOf(shownApp()) }),
					}),
				}),
			},
		},
	},
	'POST /v2/local/target-state': {
		summary: 'Set the target of a device in local mode',
		section: '5.11',
		body: { schema: localTarget(), example: { local: { name: 'my-device', config: {}, apps: {} } } },
		answers: {
			200: {
				description: 'Stored, and being applied.',
				json: exactly({ status: text('success'), message: text('OK') }),
			},
			400: {
				description: 'Not in local mode, or not a target: one line for each problem.',
				json: {
					anyOf: [
						failure('Target state can only set when device is in local mode'),
						failureLike('^Invalid target state\\.\n'),
					],
				},
			},
		},
	},
	'GET /v2/local/logs': {
		summary: 'Follow what services and the supervisor say',
		section: '5.13',
		description: 'Never ends by itself. The first line is `{"message":"Streaming logs","isSystem":true}`.',
		answers: {
			200: {
				description: 'One JSON object for each line.',
				stream: { lines: { oneOf: [ref('SystemLine'), ref('ServiceLine')] } },
			},
		},
	},
	'POST /v2/journal-logs': {
		summary: 'Read the journal of the host',
		section: '5.17',
		description: 'Times and formats are those of `journalctl`. What is not understood gives an empty answer.',
		body: {
			schema: open({
				'all?': ref('Flag'),
				'follow?': ref('Flag'),
				'count?': ref('IntegerText'),
				'unit?': STRING,
				'containerId?': STRING,
				'format?': STRING,
				'since?': STRING,
				'until?': STRING,
			}),
			example: { unit: 'balena.service', count: 100 },
		},
		answers: { 200: { description: 'What the program prints.', stream: {} } },
	},
};

function shownApp(): Schema {
	const place = { appId: INTEGER, appUuid: STRING };
	return exactly({
		...place,
		appName: STRING,
		'commit?': STRING,
		source: { type: 'string', description: '`local`, or the address of the cloud.' },
		isHost: BOOLEAN,
		isRejected: BOOLEAN,
		isTargetState: { const: true },
		services: listOf(
			exactly({
				...place,
				imageId: INTEGER,
				releaseId: INTEGER,
				serviceId: INTEGER,
				serviceName: STRING,
				commit: STRING,
				imageName: STRING,
				'dockerImageId?': STRING,
				dependsOn: { type: ['array', 'null'], items: STRING },
				config: open({ image: STRING, running: BOOLEAN, environment: mapOf(STRING), labels: mapOf(STRING) }),
			}),
		),
		networks: listOf(exactly({ ...place, name: STRING, config: open({}) })),
		volumes: listOf(exactly({ name: STRING, ...place, config: open({}) })),
	});
}

function localTarget(): Schema {
	const service = open({
		serviceName: NAME,
		imageId: ID,
		image: { type: 'string', maxLength: 255 },
		environment: {
			type: 'object',
			propertyNames: { pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$' },
			additionalProperties: STRING,
		},
		labels: mapOf(STRING),
		'running?': BOOLEAN,
		'contract?': open({}),
	});
	const app = open({
		name: { type: 'string', maxLength: 255 },
		'commit?': { type: 'string', maxLength: 255 },
		'releaseId?': ID,
		'services?': { type: 'object', propertyNames: { pattern: String.raw`^\d+$` }, additionalProperties: service },
		'volumes?': byName(open({})),
		'networks?': byName({ type: ['object', 'null'] }),
	});
	return open({
		'force?': { description: 'Any truthy value, unlike everywhere else.' },
		'local?': open({
			'name?': { type: ['string', 'null'], maxLength: 255, pattern: String.raw`^[^\n]*$` },
			'config?': {
				type: ['object', 'null'],
				propertyNames: { pattern: '^[a-zA-Z_][a-zA-Z0-9_:]*$', maxLength: 255 },
				additionalProperties: STRING,
			},
			'apps?': { type: ['object', 'null'], propertyNames: { pattern: String.raw`^\d+$` }, additionalProperties: app },
		}),
	});
}
