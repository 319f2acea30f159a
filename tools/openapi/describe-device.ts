import type { Answer, Descriptions } from './description.ts';
import { BOOLEAN, exactly, failure, failureLike, INTEGER, mapOf, open, ref, STRING, text } from './schemas.ts';

const OK_STATUS: Answer = { description: 'Done.', plain: text('OK') };

/** The device as a whole: liveness, power, keys, facts (spec: device-api 4.1 to 4.6, 4.11, 5.6 to 5.8, 5.14, 5.16). */
export const DEVICE: Descriptions = {
	'GET /ping': {
		summary: 'Say that the API is there',
		section: '4.1',
		answers: { 200: { description: 'It is.', html: text('OK') } },
	},
	'GET /v1/healthy': {
		summary: 'Check that the supervisor is healthy',
		section: '4.2',
		description: 'Its own liveness: the cloud, a registry or a lock never make it fail.',
		answers: {
			200: { description: 'Each loop has run recently.', plain: text('OK') },
			500: { description: 'A loop has stalled.', html: text('Unhealthy') },
		},
	},
	'POST /v1/blink': {
		summary: 'Blink the identification led for 15 seconds',
		section: '4.3',
		answers: { 200: OK_STATUS },
	},
	'POST /v1/regenerate-api-key': {
		summary: 'Replace the key of the caller',
		section: '4.4',
		description: 'The old key is refused from the next request on. A service gets its new one with a new container.',
		answers: {
			200: { description: 'The new key, nothing else.', html: { type: 'string', pattern: '^[0-9a-f]{32}$' } },
			503: {
				description: 'Not a key of this device; only where keys are not asked for, or when it was just replaced.',
				json: failure(''),
			},
		},
	},
	'POST /v1/update': {
		summary: 'Fetch the target and apply it',
		section: '4.5',
		body: { schema: open({ 'force?': ref('Flag'), 'cancel?': ref('Flag') }), example: { force: false } },
		answers: {
			204: { description: 'Triggered.' },
			202: {
				description: 'Not triggered: neither forced, nor wanted by the settings.',
				plain: text('Accepted'),
			},
		},
	},
	...power('reboot', 'Reboot the device'),
	...power('shutdown', 'Switch the device off'),
	'GET /v1/device': {
		summary: 'Show the device; members appear once they are known',
		section: '4.11',
		answers: {
			200: {
				description: 'The device.',
				json: exactly({
					api_port: INTEGER,
					'ip_address?': { type: 'string', description: 'Separated by blanks.' },
					'os_version?': STRING,
					'mac_address?': { type: 'string', pattern: '^[0-9A-F:]+( [0-9A-F:]+)*$' },
					supervisor_version: STRING,
					update_pending: BOOLEAN,
					update_failed: BOOLEAN,
					update_downloaded: BOOLEAN,
					'commit?': STRING,
					'status?': ref('DeviceWord'),
					'download_progress?': ref('Progress'),
				}),
			},
		},
	},
	'GET /v2/version': {
		summary: 'Show the version of the supervisor',
		section: '5.6',
		answers: {
			200: {
				description: 'A release version: clients compare it.',
				json: exactly({
					status: text('success'),
					version: { type: 'string', pattern: String.raw`^\d+\.\d+\.\d+(\+.+)?$` },
				}),
			},
		},
	},
	'GET /v2/device/name': {
		summary: 'Show the name of the device',
		section: '5.8',
		answers: {
			200: {
				description: 'As the last target had it.',
				json: exactly({ status: text('success'), deviceName: STRING }),
			},
		},
	},
	'GET /v2/device/vpn': {
		summary: 'Show the state of the VPN',
		section: '5.16',
		answers: {
			200: {
				description: 'Whether it is switched on, and whether it is up.',
				json: exactly({ status: text('success'), vpn: exactly({ enabled: BOOLEAN, connected: BOOLEAN }) }),
			},
		},
	},
	'GET /v2/device/tags': {
		summary: 'Ask the cloud for the tags of the device',
		section: '5.14',
		answers: {
			200: {
				description: 'As the cloud has them now.',
				json: exactly({
					status: text('success'),
					tags: { type: 'array', items: exactly({ id: INTEGER, name: STRING, value: STRING }) },
				}),
			},
			500: { description: 'The cloud did not say, or there is none.', json: failure() },
		},
	},
	'PATCH /v2/device/tags': {
		summary: 'Set tags of the device; none can be removed',
		section: '5.14',
		body: {
			schema: { ...mapOf(STRING), propertyNames: { pattern: String.raw`^\S*$` } },
			example: { location: 'lab' },
		},
		answers: {
			202: { description: 'The cloud will get the tags.', json: ref('Success') },
			400: {
				description: 'Not such tags.',
				json: failure(
					'Invalid tags body, must be an object like `{[tagKey: string]: string}`',
					'Tag keys cannot contain whitespace',
				),
			},
		},
	},
	'GET /openapi.json': {
		summary: 'Show this document',
		section: 'none: new',
		answers: {
			200: {
				description: 'The document.',
				json: open({ openapi: { type: 'string', pattern: String.raw`^3\.1\.` }, info: open({}), paths: open({}) }),
			},
			503: {
				description: 'The file is not there.',
				json: failureLike('^The OpenAPI document is missing'),
			},
		},
	},
};

function power(kind: 'reboot' | 'shutdown', summary: string): Descriptions {
	const refused = (pattern: string) => exactly({ Data: text(''), Error: { type: 'string', pattern } });
	return {
		[`POST /v1/${kind}`]: {
			summary,
			section: '4.6',
			description: 'All update locks are taken first. An update of the host system is waited for, unless forced.',
			body: { schema: open({ 'force?': ref('Flag') }), example: { force: false } },
			answers: {
				202: { description: 'About to happen.', json: exactly({ Data: text('OK'), Error: { type: 'null' } }) },
				423: {
					description: 'Locked, or the host system is being updated.',
					json: refused(
						String.raw`^(Lockfile exists for \{ appId: \d+, service: .+ \}|Locks for app \d+ are being held by another supervisor operation|Waiting for Host OS update to finish)$`,
					),
					example: { Data: '', Error: 'Lockfile exists for { appId: 1234, service: main }' },
				},
				500: { description: 'It did not work.', json: refused('') },
			},
		},
	};
}
