import { expect } from 'chai';
import { listAllRoutes, nameOf } from '../../../tools/openapi/build-document.ts';
import { CALLERS, permissionOf, type Caller } from '../../../tools/openapi/permissions.ts';
import { KEYS, startRecordedApi, type Answer, type RecordedApi } from './recorded-api.ts';

const KEY_OF: Readonly<Record<Caller, string | undefined>> = {
	none: undefined,
	unknown: 'e'.repeat(32),
	'other app': KEYS.beta,
	'the app': KEYS.alpha,
	device: KEYS.device,
};

/** What shows that a route was let through; those that are not here have the name of it in the request they submit. */
const EFFECTS: Readonly<Record<string, string | undefined>> = {
	'GET /ping': undefined, // needs no status
	'GET /v1/healthy': 'isHealthy',
	'POST /v1/blink': 'blink',
	'POST /v1/regenerate-api-key': 'regenerateKey',
	'POST /v1/update': 'update',
	'POST /v1/reboot': 'submit {"kind":"reboot"}',
	'POST /v1/shutdown': 'submit {"kind":"shutdown"}',
	'GET /v1/device': 'facts',
	'POST /v1/restart': 'submit {"kind":"restartApp","appId":1,"containers":["alpha"]}',
	'POST /v1/purge': 'submit {"kind":"purgeApp","appId":1,"containers":["alpha"],"networks":[],"volumes":[]}',
	'POST /v1/apps/:appId/start': 'submit {"kind":"startService","appId":1,"serviceName":"alpha","containerId":"alpha"}',
	'POST /v1/apps/:appId/stop': 'submit {"kind":"stopService","appId":1,"serviceName":"alpha","containerId":"alpha"}',
	'GET /v1/apps/:appId': 'status',
	'GET /v1/device/host-config': 'hostConfig',
	'PATCH /v1/device/host-config': 'submit {"kind":"changeHostConfig","change":{"hostname":"h"}}',
	'GET /v2/state/status': 'status',
	'GET /v2/containerId': 'status',
	'GET /v2/version': 'facts',
	'GET /v2/device/name': 'deviceName',
	'GET /v2/device/vpn': 'vpn',
	'GET /v2/device/tags': 'list',
	'PATCH /v2/device/tags': 'set',
	'POST /v2/applications/:appId/restart': 'submit {"kind":"restartApp","appId":1,"containers":["alpha"]}',
	'POST /v2/applications/:appId/purge':
		'submit {"kind":"purgeApp","appId":1,"containers":["alpha"],"networks":[],"volumes":[]}',
	'POST /v2/applications/:appId/restart-service':
		'submit {"kind":"restartService","appId":1,"serviceName":"alpha","containers":["alpha"]}',
	'POST /v2/applications/:appId/stop-service':
		'submit {"kind":"stopService","appId":1,"serviceName":"alpha","containerId":"alpha"}',
	'POST /v2/applications/:appId/start-service':
		'submit {"kind":"startService","appId":1,"serviceName":"alpha","containerId":"alpha"}',
	'GET /v2/applications/state': 'targetApps',
	'GET /v2/applications/:appId/state': 'status',
	'GET /v2/cleanup-volumes': 'submit',
	'GET /v2/local/device-info': 'deviceInfo',
	'GET /v2/local/target-state': 'readTarget',
	'POST /v2/local/target-state': 'setTarget',
	'GET /v2/local/logs': 'logs',
	'POST /v2/journal-logs': 'open',
	'GET /openapi.json': 'readDocument',
	'GET /metrics': 'render',
	'POST /v3/plan': 'dryRun',
	'GET /v3/status': 'status',
	'GET /v3/explain': 'status',
	'GET /v3/explain/apps/:uuid': 'status',
	'GET /v3/explain/apps/:uuid/services/:name': 'status',
	'GET /v3/device': 'hostInfo',
	'GET /v3/device/images': 'status',
	'GET /v3/device/apps/:uuid': 'targetApps',
	'GET /v3/history': 'history',
	'GET /v3/events': 'onStatus',
	'GET /v3/logs': 'openLogs',
	'GET /v3/requests/:id': 'findRequest',
	'GET /': 'readPageFile',
	'GET /page/app.js': 'readPageFile',
	'GET /page/style.css': 'readPageFile',
	'GET /page/icon.svg': 'readPageFile',
};

/** What v3 looks at to find the app of a uuid: nothing of the device is touched. */
const LOOKS = ['status', 'findRequest', 'cloudReasons', 'openRequests', 'capabilities', 'wall', 'redact'];

const BODIES: Readonly<Record<string, object | undefined>> = {
	'POST /v3/plan': {},
	'PATCH /v2/device/tags': { a: '1' },
	'PATCH /v1/device/host-config': { network: { hostname: 'h' } },
};

/** Cell by cell of docs/permissions.md. */
describe('permissions of the device API', () => {
	let api: RecordedApi;
	before(async () => (api = await startRecordedApi()));
	after(() => api.close());

	async function ask(name: string, caller: Caller): Promise<Answer> {
		api.calls.splice(0);
		const [method = '', path = ''] = name.split(' ');
		const body = BODIES[name] ?? { appId: 1, serviceName: 'alpha' };
		return api.call(
			method,
			path
				.replace(/:(appId|id)/, '1')
				.replace(':uuid', 'u1')
				.replace(':name', 'alpha'),
			{
				key: KEY_OF[caller],
				...(method === 'GET' ? {} : { body }),
			},
		);
	}

	function expectEffect(name: string, answer: Answer): void {
		expect(answer.status).to.be.within(200, 204);
		const effect = EFFECTS[name];
		if (effect !== undefined) {
			expect(api.calls.some((call) => call === effect || call.startsWith(`${effect} `))).to.equal(
				true,
				api.calls.join(),
			);
		}
	}

	it('know of each route what shows that it was let through', () => {
		expect(Object.keys(EFFECTS).sort()).to.deep.equal(listAllRoutes().map(nameOf).sort());
	});

	for (const route of listAllRoutes()) {
		const name = nameOf(route);
		for (const caller of CALLERS) {
			const permission = permissionOf(route, caller);
			it(`${name}, key: ${caller}: ${permission.kind}`, async () => {
				api.isRequired = true;
				const answer = await ask(name, caller);
				if (permission.kind === 'no') {
					expect([answer.status, answer.body]).to.deep.equal([
						permission.status,
						permission.body.replace(':appId', '1'),
					]);
					const looks = name.includes('/v3/') && caller === 'other app' ? LOOKS : [];
					expect(api.calls.filter((call) => !looks.includes(call))).to.deep.equal([]);
					return;
				}
				expectEffect(name, answer);
				if (route.access === 'filtered') {
					const text = [answer.body, ...api.calls].join();
					const isDevice = permission.kind === 'yes';
					expect(text.includes('alpha'), 'app 1').to.equal(isDevice || caller === 'the app');
					// Of all apps this one shows the first.
					const isFirstOnly = name === 'GET /v2/state/status';
					expect(text.includes('beta'), 'app 2').to.equal(isDevice ? !isFirstOnly : caller === 'other app');
				}
			});
		}

		it(`${name}, where keys are not asked for: yes`, async () => {
			api.isRequired = false;
			for (const caller of CALLERS) {
				const answer = await ask(name, caller);
				expectEffect(name, answer);
				if (route.access === 'filtered') expect([answer.body, ...api.calls].join()).to.include('alpha');
			}
		});
	}
});
