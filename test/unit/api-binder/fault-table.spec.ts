import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { GotClient } from '../../../src/adapters/http/index.ts';
import { SystemClock } from '../../../src/adapters/system/system-clock.ts';
import { CloudApi, DeltaClient, ResourceApi, type CloudAccess } from '../../../src/api-binder/index.ts';
import { CloudCaller } from '../../../src/api-binder/protocol/cloud-caller.ts';
import { answerOrProblem } from '../../../src/api-binder/protocol/cloud-problem.ts';
import { RegistryTokens } from '../../../src/api-binder/deltas/registry-tokens.ts';
import type { DeltaPatch } from '../../../src/application-manager/index.ts';
import { startCloud, type RunningCloud } from '../../../tools/cloud/start-cloud.ts';
import { FACTS, IMAGE, KEY, MemorySettings, settingsOf, UUID } from './cloud-side.ts';
import { faultCases, type FaultCase, type GoodAnswer } from './fault-cases.ts';

const TABLE = new URL('./fault-table.txt', import.meta.url);
const never = () => new AbortController().signal;
const PATIENT_MS = 5000;
const SHORT_MS = 150;
/** No call may take longer than the time it was given, and a moment. */
const MOMENT_MS = 1500;
/** Where deltas get tokens, so that only they fail. */
const GOOD_TOKENS = '/good';
const LOGIN = { username: `d_${UUID}`, password: KEY };
const ROWS = { status: 200, body: { d: [{ id: 5, uuid: 'f', tag_key: 'k', value: 'v' }] } };

interface Outcome {
	readonly kind: string;
	readonly problem?: string;
	readonly retryAfterMs?: number;
	readonly because?: string;
}

interface Call {
	readonly match: { readonly method: string; readonly path: string };
	readonly good: GoodAnswer;
	readonly ask: (access: CloudAccess, clients: Clients) => Promise<Outcome>;
}

interface Clients {
	readonly cloud: CloudApi;
	readonly resources: ResourceApi;
	readonly caller: CloudCaller;
	readonly tokens: RegistryTokens;
	readonly deltas: (version: number, access: CloudAccess) => DeltaClient;
}

const askDelta = (version: number) => (access: CloudAccess, clients: Clients) =>
	clients
		.deltas(version, access)
		.ask({ source: IMAGE, target: IMAGE.replaceAll('1', '2'), isSourceDeltaBaseOnly: false }, never());

/** Every call of the device-facing protocol. Name and pin of a device are changed by the same call. */
const CALLS: Readonly<Record<string, Call>> = {
	register: {
		match: { method: 'POST', path: '/device/register' },
		good: { status: 201, body: { id: 5 } },
		ask: (access, { cloud }) =>
			cloud.register(access, { applicationId: 1, uuid: UUID, deviceApiKey: KEY, ...FACTS }, never()),
	},
	device: {
		match: { method: 'GET', path: '/^/v7/device$/' },
		good: ROWS,
		ask: (access, { cloud }) => cloud.fetchDevice(access, UUID, never()),
	},
	exchange: {
		match: { method: 'POST', path: '/api-key/' },
		good: { status: 200, body: 'd'.repeat(32) },
		ask: (access, { cloud }) => cloud.exchangeKey(access, { deviceId: 5, deviceApiKey: KEY }, never()),
	},
	target: {
		match: { method: 'GET', path: '/device/v3/' },
		good: { status: 200, body: { [UUID]: { apps: {} } } },
		ask: (access, { cloud }) => cloud.fetchTarget(access, { uuid: UUID }, never()),
	},
	report: {
		match: { method: 'PATCH', path: '/device/v3/state' },
		good: { status: 200, body: '{"a":"b"}' },
		ask: (access, { cloud }) => cloud.sendReport(access, { [UUID]: {} }, never()),
	},
	'tags out': {
		match: { method: 'PATCH', path: '/device/v3/tags' },
		good: { status: 200, body: '{"a":"b"}' },
		ask: (access, { resources }) => resources.patchTags(access, UUID, { a: '1' }, never()),
	},
	'pin, name': {
		match: { method: 'PATCH', path: '/v7/device(' },
		good: { status: 200, body: '{"a":"b"}' },
		ask: (access, { resources }) => resources.patchDevice(access, 5, { device_name: 'n' }, never()),
	},
	variable: {
		match: { method: 'POST', path: '/v7/device_config_variable' },
		good: { status: 201, body: { id: 1 } },
		ask: (access, { resources }) =>
			resources.createConfigVariable(access, { device: 5, name: 'N', value: 'v' }, never()),
	},
	release: {
		match: { method: 'GET', path: '/v7/release' },
		good: ROWS,
		ask: (access, { resources }) => resources.findRelease(access, { appId: 1, commit: 'c' }, never()),
	},
	'tags in': {
		match: { method: 'GET', path: '/v7/device_tag' },
		good: ROWS,
		ask: (access, { resources }) => resources.listTags(access, 5, never()),
	},
	'app uuid': {
		match: { method: 'GET', path: '/v7/application' },
		good: ROWS,
		ask: (access, { resources }) => resources.findAppUuid(access, 1, never()),
	},
	token: {
		match: { method: 'GET', path: '/auth/v1/token' },
		good: { status: 200, body: { token: 'token-token' } },
		ask: (access, { tokens, caller }) =>
			tokens.get(
				caller,
				{ apiEndpoint: access.endpoint, login: LOGIN, service: 'registry.test', repositories: ['v2/web'] },
				never(),
			),
	},
	'delta 3': {
		match: { method: 'GET', path: '/api/v3/delta' },
		good: { status: 200, body: { name: 'registry.test/v2/delta' } },
		ask: askDelta(3),
	},
	'delta 2': {
		match: { method: 'GET', path: '/api/v2/delta' },
		good: { status: 302, body: 'see there', headers: { Location: '/delta-payloads/1' } },
		ask: askDelta(2),
	},
};

/**
 * The outcome of each fault for each call, in a file to be read: a fault, then each outcome with the calls that have it.
 * `UPDATE_GOLDEN=1` writes it anew.
 */
describe('every call to the cloud, for every fault', () => {
	let cloud: RunningCloud;
	const expected = readTable();
	const seen: string[] = [];

	before(async () => {
		cloud = await startCloud({ port: 0 });
	});
	after(async () => {
		await cloud.stop();
		if (process.env['UPDATE_GOLDEN'] === '1') {
			writeFileSync(TABLE, `${seen.join('\n')}\n`);
		}
	});

	for (const { name } of faultCases('')) {
		it(name, async () => {
			const faultCase = faultCases(cloud.url).find((candidate) => candidate.name === name);
			const line = `${name}\n${await outcomesOf(cloud, faultCase as FaultCase)}`;
			seen.push(line);
			if (process.env['UPDATE_GOLDEN'] !== '1') {
				expect(line).to.equal(expected.get(name));
			}
		});
	}

	it('the table has no line without a test', () => {
		expect([...expected.keys()]).to.deep.equal(faultCases('').map(({ name }) => name));
	});
});

function readTable(): ReadonlyMap<string, string> {
	const text = readFileSync(TABLE, 'utf8').trimEnd();
	return new Map(text.split(/\n(?=\S)/).map((block) => [block.split('\n')[0] ?? '', block]));
}

async function outcomesOf(cloud: RunningCloud, faultCase: FaultCase): Promise<string> {
	const timeoutMs = faultCase.isSilent === true ? SHORT_MS : PATIENT_MS;
	const endpoint = endpointOf(cloud, faultCase);
	cloud.faults.remove();
	for (const { match, good } of Object.values(CALLS)) {
		const fault = faultCase.fault(good);
		// A circle leads to where it began.
		const headers = fault.headers?.['Location'] === '' ? { headers: { Location: '?' } } : {};
		if (faultCase.endpoint === undefined) {
			cloud.faults.add({ match, ...fault, ...headers });
		}
	}
	cloud.faults.add({ match: { path: `${GOOD_TOKENS}/` }, status: 200, body: { token: 'token-token' } });
	const clients = clientsWithin(timeoutMs, `${cloud.url}${GOOD_TOKENS}`);
	const outcomes = new Map<string, string[]>();
	const calls = Object.entries(CALLS).map(async ([name, { ask, match }]) => {
		const access = { endpoint, key: KEY, timeoutMs };
		const outcome = await inTime(
			answerOrProblem(() => ask(access, clients)),
			timeoutMs,
			`${match.method} ${match.path}`,
		);
		return { name, text: describeOutcome(outcome) };
	});
	for (const { name, text } of await Promise.all(calls)) {
		outcomes.set(text, [...(outcomes.get(text) ?? []), name]);
	}
	return [...outcomes].map(([text, names]) => `    ${text}: ${names.join(', ')}`).join('\n');
}

function endpointOf(cloud: RunningCloud, { endpoint }: FaultCase): string {
	switch (endpoint) {
		case 'refused':
			return 'http://127.0.0.1:1';
		case 'tls':
			return cloud.url.replace('http:', 'https:');
		default:
			return cloud.url;
	}
}

function clientsWithin(timeoutMs: number, tokenEndpoint: string): Clients {
	const options = { http: new GotClient(), clock: new ImpatientClock(timeoutMs), userAgent: () => 'Supervisor/20.0.0' };
	return {
		cloud: new CloudApi(options),
		resources: new ResourceApi(options),
		caller: new CloudCaller(options),
		tokens: new RegistryTokens({ clock: options.clock, hide: () => undefined }),
		deltas: (version, { endpoint }) =>
			new DeltaClient({
				...options,
				// The token that comes first is good, however long it takes; the time of a delta is among the settings.
				clock: new SystemClock(),
				settings: new MemorySettings(
					settingsOf(tokenEndpoint, {
						...{ delta: true, deltaVersion: version, deltaEndpoint: endpoint, deltaRequestTimeoutMs: timeoutMs },
						...{ deltaRetryCount: 1, deltaRetryIntervalMs: 10 },
					}),
				),
				facts: () => Promise.resolve(FACTS),
				hide: () => undefined,
				patches: {
					canApply: () => Promise.resolve(true),
					at: (): DeltaPatch => ({ apply: () => Promise.resolve({ kind: 'done', engineImageId: '' }) }),
				},
			}),
	};
}

/** The time that calls for a registry token have cannot be set. */
class ImpatientClock extends SystemClock {
	readonly #sleepMsMax: number;

	constructor(sleepMsMax: number) {
		super();
		this.#sleepMsMax = sleepMsMax;
	}

	override sleep(ms: number, signal: AbortSignal): Promise<void> {
		return super.sleep(Math.min(ms, this.#sleepMsMax), signal);
	}
}

async function inTime(call: Promise<Outcome>, timeoutMs: number, name: string): Promise<Outcome> {
	const limitMs = timeoutMs + MOMENT_MS;
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error(`${name} has not ended after ${limitMs} ms`)), limitMs);
	});
	return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

function describeOutcome({ kind, problem, retryAfterMs, because }: Outcome): string {
	const wait = retryAfterMs === undefined ? '' : ` after ${retryAfterMs / 1000} s`;
	// Whichever of two timers is first.
	const plain = because
		?.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
		.replace(/took longer than \d+ ms|did not answer in time \(\w+\)/, 'did not answer in time');
	const reason = plain === undefined ? '' : ` (${plain})`;
	return `${problem ?? kind}${wait}${reason}`;
}
