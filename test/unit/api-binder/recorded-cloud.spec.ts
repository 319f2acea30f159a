import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import omit from 'lodash/omit.js';
import { GotClient, HttpLogUplink } from '../../../src/adapters/http/index.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';
import { CloudApi, ResourceApi } from '../../../src/api-binder/index.ts';
import { CloudCaller } from '../../../src/api-binder/protocol/cloud-caller.ts';
import { decodeTarget } from '../../../src/device-state/index.ts';
import { answerOrProblem } from '../../../src/api-binder/protocol/cloud-problem.ts';
import { RegistryTokens } from '../../../src/api-binder/deltas/registry-tokens.ts';
import { listRecordings, readRecording, type Recording } from '../tools/cloud/recordings.ts';

const TABLE = new URL('./recorded-outcomes.txt', import.meta.url);
const UUID = '0000000000014de08000000000000001';
const KEY = 'mainmainmainmainmainmainmainmain';
const USER_AGENT = 'Supervisor/19.0.5 (Linux; balenaOS 6.5.0; prod)';
/** Calls of kinds that this supervisor makes; other rows and fields of theirs are not read here. */
const OURS =
	/^(?:register|key-exchange|target-state|state-patch|tags-patch|tags-odata-get|registry-token|log-stream|odata-(?:config-var-post|device-get-id|device-patch|release|deleted|no-auth|guest))/;
const OLDER = ['state-patch-v2', 'target-state-v2', 'target-state-head'];
/** Those of which the request, too, is what this supervisor sends in that situation. */
const SAME_REQUEST = [
	'register-ok',
	'key-exchange-fetch-with-device-key',
	'key-exchange-register-device-key-self',
	'target-state-gzip',
	'state-patch-full',
	'state-patch-two-releases',
	'tags-patch-ok',
	'tags-odata-get',
	'odata-config-var-post',
	'odata-device-get-id',
	'odata-device-patch-name',
	'odata-device-patch-pin',
	'odata-release-by-commit',
	'registry-token-device',
	'registry-token-device-two-scopes',
];

interface Seen {
	readonly method: string;
	readonly url: string;
	readonly headers: IncomingMessage['headers'];
	readonly body: string;
}

interface Outcome {
	readonly kind: string;
	readonly problem?: string;
	readonly retryAfterMs?: number;
	readonly status?: number;
	readonly because?: string;
	readonly confirmed?: boolean;
	readonly deviceId?: number;
}

/** What a real cloud once said, said to the real clients; the outcomes are in a file to be read (`UPDATE_GOLDEN=1`). */
describe('recorded answers of a real cloud', () => {
	let server: Server;
	let endpoint: string;
	let said: Recording['response'];
	let seen: Seen | undefined;
	const table: string[] = [];
	const isUpdate = process.env['UPDATE_GOLDEN'] === '1';
	const expected = new Map(
		readFileSync(TABLE, 'utf8')
			.trimEnd()
			.split('\n')
			.map((line) => [line.split(': ')[0] ?? '', line]),
	);
	const names = listRecordings().filter((name) => OURS.test(name) && !OLDER.includes(name));

	before(async () => {
		server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			const answer = () => {
				const { method = '', url = '', headers } = request;
				seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
				response.writeHead(said.status, headersOf(said)).end(textOf(said));
			};
			if (request.url?.endsWith('/log-stream') === true) answer();
			else request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', answer);
		}).listen(0, '127.0.0.1');
		await once(server, 'listening');
		endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	after(() => {
		server.closeAllConnections();
		server.close();
		if (isUpdate) writeFileSync(TABLE, `${table.join('\n')}\n`);
	});

	for (const name of names) {
		it(`are understood: ${name}`, async () => {
			const { request, response } = readRecording(name);
			said = response;
			const line = `${name}: ${describeOutcome(await answerOrProblem(() => repeat(endpoint, request)))}`;
			table.push(line);
			if (!isUpdate) expect(line).to.equal(expected.get(name));
			if (SAME_REQUEST.includes(name)) expectSameRequest(seen, request);
		});
	}

	it('cloud-observed 9: errors come as a JSON text, an object, a page or nothing, and only the status counts', async () => {
		const forms: readonly (readonly [string, unknown])[] = [
			['application/json; charset=utf-8', 'must be unique'],
			['application/json; charset=utf-8', { error: 'API key required' }],
			['text/html; charset=utf-8', '<!DOCTYPE html><pre>Error</pre>'],
			['', null],
		];
		for (const [status, problem] of [
			[400, 'rejected'],
			[401, 'unauthorized'],
			[500, 'server-error'],
		] as const) {
			for (const [type, body] of forms) {
				said = { status, headers: type === '' ? {} : { 'content-type': type }, body };
				for (const name of [
					'register-ok',
					'state-patch-full',
					'target-state-gzip',
					'tags-patch-ok',
					'odata-device-get-id',
				]) {
					const answer = await answerOrProblem(() => repeat(endpoint, readRecording(name).request));
					// What the answer says is for people: it decides nothing.
					expect(omit(answer, ['said']), `${name} ${status}`).to.deep.equal({ kind: 'problem', problem, status });
				}
			}
		}
	});

	it('all have a line, and all requests that are compared are there', () => {
		if (!isUpdate) expect([...expected.keys()]).to.deep.equal(names);
		expect(SAME_REQUEST.filter((name) => !names.includes(name))).to.deep.equal([]);
	});
});

/** The call of ours that a recorded request is one of. */
function repeat(endpoint: string, { method, path, body, headers }: Recording['request']): Promise<Outcome> {
	const signal = new AbortController().signal;
	const key = /^Bearer (.*)$/.exec(headers['authorization'] ?? '')?.[1] ?? KEY;
	const access = { endpoint, key, timeoutMs: 3000 };
	const options = { http: new GotClient(), clock: new SystemClock(), userAgent: () => USER_AGENT };
	const [cloud, resources] = [new CloudApi(options), new ResourceApi(options)];
	const url = new URL(`http://x${path}`);
	const fields = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, string>>;
	switch (`${method} ${url.pathname.replace(/^(\/api-key\/device)\/.*/, '$1')}`) {
		case 'POST /device/register':
			return cloud.register(access, registrationOf(fields), signal);
		case 'POST /api-key/device':
			return cloud.exchangeKey(access, { deviceId: 1, deviceApiKey: fields['apiKey'] ?? KEY }, signal);
		case 'PATCH /device/v3/state':
			return cloud.sendReport(access, body, signal);
		case 'PATCH /device/v3/tags':
			return resources.patchTags(access, UUID, tagsOf(body), signal);
		case 'POST /v7/device_config_variable':
			return resources.createConfigVariable(access, { ...{ device: 1, name: '', value: '' }, ...fields }, signal);
		default:
			return repeatOther({ access, cloud, resources, options, url, method, fields, headers }, signal);
	}
}

interface Others {
	readonly access: { readonly endpoint: string; readonly key: string; readonly timeoutMs: number };
	readonly cloud: CloudApi;
	readonly resources: ResourceApi;
	readonly options: ConstructorParameters<typeof CloudCaller>[0];
	readonly url: URL;
	readonly method: string;
	readonly fields: Readonly<Record<string, unknown>>;
	readonly headers: Readonly<Record<string, string>>;
}

function repeatOther(others: Others, signal: AbortSignal): Promise<Outcome> {
	const { access, cloud, resources, url, method, fields, headers } = others;
	const { pathname, searchParams } = url;
	if (pathname.startsWith('/v7/device(')) return resources.patchDevice(access, 1, fields, signal);
	if (pathname === '/v7/device_tag') return resources.listTags(access, 1, signal);
	if (pathname === '/v7/release') {
		const commit = /commit eq '([0-9a-f]+)'/.exec(searchParams.get('$filter') ?? '')?.[1] ?? '';
		return resources.findRelease(access, { appId: 1, commit }, signal);
	}
	if (pathname === '/auth/v1/token') return askToken(others, signal);
	if (pathname.endsWith('/log-stream')) return openLog(access);
	if (pathname.startsWith('/v7/') || pathname.startsWith('/v6/')) return cloud.fetchDevice(access, UUID, signal);
	if (method !== 'GET' || !pathname.endsWith('/state')) throw new Error(`no call of ours: ${method} ${pathname}`);
	return fetchTarget(others, headers['if-none-match'], signal);
}

async function fetchTarget({ access, cloud }: Others, etag: string | undefined, signal: AbortSignal): Promise<Outcome> {
	const answer = await cloud.fetchTarget(access, { uuid: UUID, etag }, signal);
	if (answer.kind !== 'target') return answer;
	const [uuid = ''] = Object.keys(answer.body as object); // some are of other devices
	const decoded = decodeTarget(answer.body, uuid);
	const what = decoded.ok ? `${decoded.value.apps.length} apps` : `refused: ${decoded.because}`;
	return { kind: 'target', because: what };
}

async function askToken({ access, options, url }: Others, signal: AbortSignal): Promise<Outcome> {
	const tokens = new RegistryTokens({ clock: options.clock, hide: () => undefined });
	const repositories = url.searchParams.getAll('scope').map((scope) => scope.split(':')[1] ?? '');
	const login = { username: `d_${UUID}`, password: KEY };
	const service = url.searchParams.get('service') ?? '';
	return tokens.get(new CloudCaller(options), { apiEndpoint: access.endpoint, login, service, repositories }, signal);
}

async function openLog({ endpoint, key }: Others['access']): Promise<Outcome> {
	const uplink = new HttpLogUplink({ connectTimeoutMs: 2000 });
	const url = `${endpoint}/device/v2/${UUID}/log-stream`;
	const connection = await uplink.open({ url, deviceApiKey: key }, new AbortController().signal);
	const over = await connection.over;
	connection.destroy();
	return over.kind === 'answered' ? { kind: 'answered', status: over.status } : { kind: over.kind };
}

function registrationOf(fields: Readonly<Record<string, string>>) {
	return {
		applicationId: Number(fields['application'] ?? 1),
		uuid: fields['uuid'] ?? UUID,
		deviceApiKey: fields['api_key'] ?? KEY,
		deviceType: fields['device_type'] ?? 'generic-amd64',
		supervisorVersion: fields['supervisor_version'] ?? '19.0.5',
		osVersion: fields['os_version'] ?? 'balenaOS 6.5.0',
		osVariant: fields['os_variant'] ?? 'prod',
		macAddress: fields['mac_address'] ?? '52:54:00:12:34:56',
	};
}

function describeOutcome({ kind, problem, retryAfterMs, status, because, confirmed, deviceId }: Outcome): string {
	const details = [
		status,
		because,
		confirmed === undefined ? undefined : `confirmed ${confirmed}`,
		deviceId,
		retryAfterMs,
	];
	return [problem ?? kind, ...details.filter((detail) => detail !== undefined)].join(', ');
}

/** Bodies are recorded unpacked, and sent in one piece here. */
function headersOf({ headers }: Recording['response']): Record<string, string> {
	const ofTheWire = ['content-length', 'content-encoding', 'transfer-encoding', 'connection'];
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheWire.includes(name)));
}

function tagsOf(body: unknown): Readonly<Record<string, string>> {
	// As recorded, whatever it is: it is the cloud that finds fault with it.
	return (body as Readonly<Record<string, Readonly<Record<string, string>>>> | null)?.[UUID] ?? {};
}

function textOf({ body, headers }: Recording['response']): string {
	if (body === null) return '';
	const isJson = (headers['content-type'] ?? '').startsWith('application/json');
	return isJson || typeof body !== 'string' ? JSON.stringify(body) : body;
}

/** Brackets around the parts of a filter mean nothing; a field `user: null` was never needed. */
function expectSameRequest(seen: Seen | undefined, request: Recording['request']): void {
	const [url, recorded] = [new URL(`http://x${seen?.url}`), new URL(`http://x${request.path}`)];
	expect(`${seen?.method} ${url.pathname}`).to.equal(`${request.method} ${recorded.pathname}`);
	const plain = ({ searchParams }: URL) =>
		[...searchParams].map(([name, value]) => [name, value.replaceAll(/[()]/g, '')]);
	expect(plain(url)).to.deep.equal(plain(recorded));
	for (const name of ['authorization', 'accept', 'content-type', 'user-agent']) {
		expect(seen?.headers[name], name).to.equal(request.headers[name]);
	}
	const body = Object.entries(request.body ?? {}).filter(([name]) => name !== 'user');
	expect(seen?.body === '' ? {} : JSON.parse(seen?.body ?? '')).to.deep.equal(Object.fromEntries(body));
}
