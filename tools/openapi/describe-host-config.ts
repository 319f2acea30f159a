import type { Descriptions, Schema } from './description.ts';
import { BOOLEAN, exactly, INTEGER, listOf, open, ref, STRING, text } from './schemas.ts';

const PROXY_TYPES = ['socks4', 'socks5', 'http-connect', 'http-relay'];
const DNS: Schema = { type: 'string', maxLength: 255, pattern: '^.+:[0-9]+$' };
const LOGIN = { 'login?': STRING, 'password?': STRING };

/** Hostname and proxy of the host (spec: device-api 4.12, 4.13). Joins `DESCRIPTIONS` together with its routes. */
export const HOST_CONFIG: Descriptions = {
	'GET /v1/device/host-config': {
		summary: 'Show hostname and proxy of the host',
		section: '4.12',
		description: 'The hostname is the one in effect: a change shows once the host has taken it.',
		answers: {
			200: {
				description: 'Without `proxy` where there is none.',
				json: exactly({
					network: exactly({
						hostname: STRING,
						'proxy?': exactly({
							'type?': { enum: PROXY_TYPES },
							'ip?': STRING,
							'port?': INTEGER,
							...LOGIN,
							'dns?': DNS,
							'noProxy?': listOf(STRING),
						}),
					}),
				}),
				example: { network: { hostname: '27b0fdc', proxy: { type: 'socks5', ip: '10.0.0.1', port: 1080 } } },
			},
		},
	},
	'PATCH /v1/device/host-config': {
		summary: 'Set hostname and proxy of the host',
		section: '4.13',
		description: 'Takes the update locks of all apps. An empty proxy removes it; a partial one changes what it names.',
		body: {
			schema: open({
				network: open({
					'hostname?': STRING,
					'proxy?': open({
						'type?': { enum: PROXY_TYPES },
						'ip?': STRING,
						'port?': { type: ['integer', 'string'], minimum: 0, pattern: String.raw`^\d+$` },
						...LOGIN,
						'dns?': { anyOf: [BOOLEAN, DNS] },
						'noProxy?': listOf(STRING),
					}),
				}),
				'force?': ref('Flag'),
			}),
			example: { network: { hostname: 'lab' } },
		},
		answers: {
			200: { description: 'Done, or nothing to do.', html: text('OK') },
			400: {
				description: 'Not such a configuration: one line for each problem.',
				html: { type: 'string', pattern: '^Could not parse host config input to a valid format:' },
				isMasked: true,
			},
			423: {
				description: 'Locked.',
				html: {
					type: 'string',
					pattern: String.raw`^(Lockfile exists for \{ appId: \d+, service: .+ \}|Locks for app \d+ are being held by another supervisor operation)$`,
				},
				isMasked: true,
			},
			503: { description: 'It did not work.', html: STRING, isMasked: true },
		},
	},
};
