import { expect } from 'chai';

import type { CloudData } from '../../../../tools/cloud/cloud-data.ts';
import { createControlClient } from '../../../../tools/cloud/control-client.ts';
import type { RunningCloud } from '../../../../tools/cloud/start-cloud.ts';
import { startCloud } from '../../../../tools/cloud/start-cloud.ts';
import type { PlanningContext } from './recorded-situations.ts';
import {
	deployedByCli,
	fleetWithoutPin,
	hostUpdate,
	late,
	logged,
	movedToEmptyFleet,
	pinnedDevice,
	pinnedOnDraft,
	registered,
	reported,
	reportedDone,
	secondDeviceWithExtensions,
	tagged,
	taggedThroughOdata,
	withConfigReport,
	withDeviceServiceVariables,
	withDigest,
	withMetrics,
	withUserMadeKey,
	withVariables,
} from './recorded-situations.ts';
import { createDevices, createFleets } from './recorded-world.ts';
import type { Answer, Recording } from './recordings.ts';
import { listRecordings, readRecording, send, sendRecorded } from './recordings.ts';

/** Bodies are compared whole, but for times; these hold something that the cloud made up, so only the kind of it. */
const MADE_UP: readonly string[] = [
	'key-exchange-register-device-key-generated',
	'logs-read-history',
	'os-config',
	'os-config-with-auth',
	'register-ok-minimal',
	// Ids that depend on how many devices there had been.
	'register-62-char-uuid',
	'register-device-type-of-other-arch',
	'register-unknown-extra-field',
	'register-with-user-api-key',
];

/** Of other targets the variables come in another order, which no device cares about. */
const SAME_BYTES: readonly string[] = [
	'target-state-block-class',
	'target-state-config-variables',
	'target-state-empty-fleet',
	'target-state-pinned-fleet',
	'target-state-release-without-services',
	'target-state-twelve-services',
];

const REASON_BATCH_LOGS = 'the batch log endpoint, which this generation never calls';
const REASON_USER = 'a user of the real cloud asks, not a device';

/** What is recorded and not replayed here, and why. */
const NOT_REPLAYED: Readonly<Record<string, string>> = {
	'log-stream-request-timeout': 'takes five minutes; replayed with a shorter limit in log-stream.spec.ts',
	'logs-batch-bad-timestamp': REASON_BATCH_LOGS,
	'logs-batch-not-array': REASON_BATCH_LOGS,
	'logs-batch-ok': REASON_BATCH_LOGS,
	'logs-batch-old-format': REASON_BATCH_LOGS,
	'logs-batch-other-device': REASON_BATCH_LOGS,
	'logs-batch-too-many': REASON_BATCH_LOGS,
	'rate-limit-logs-batch': REASON_BATCH_LOGS,
	'odata-actor-whoami-device': 'the stand-in has no actors',
	'odata-device-after-reports': REASON_USER,
	'os-config-with-logs-endpoint': 'the stand-in has no separate host for logs',
	'state-patch-v2': 'the older report, which this generation never sends',
};

const empty: PlanningContext = ({ cloud }) => {
	cloud.model.data.devices.length = 0;
	cloud.model.data.keys.splice(0, Infinity, ...cloud.model.data.keys.filter(({ kind }) => kind !== 'device'));
	Object.assign(cloud.model.data.lastIds, { device: 0 });
	return Promise.resolve();
};

const onlyMain: PlanningContext = async (world) => {
	await empty(world);
	await sendRecorded(world.cloud, 'register-ok');
};

/** The situation of each recording that needs more than the registered devices. */
const SITUATIONS: Readonly<Record<string, PlanningContext>> = {
	'register-ok': empty,
	'register-ok-minimal': onlyMain,
	'key-exchange-register-device-key-again': withUserMadeKey,
	'key-exchange-old-key-still-valid': withUserMadeKey,
	'logs-read-history': logged,
	'odata-config-var-delete': withConfigReport,
	'odata-config-var-list': withConfigReport,
	'odata-config-var-patch': withConfigReport,
	'odata-config-var-post': withVariables,
	'odata-config-var-post-duplicate': withConfigReport,
	'odata-device-get-by-alternate-key': withVariables,
	'odata-device-get-v6': reportedDone,
	'odata-env-var-post': withVariables,
	'odata-image-installs': reported,
	'odata-service-installs': withDeviceServiceVariables,
	'state-patch-after-move-old-release': movedToEmptyFleet,
	'state-patch-fractional-metric-again': withMetrics,
	'state-patch-fractional-metric-with-change': withMetrics,
	'tags-odata-delete': taggedThroughOdata,
	'tags-odata-get': tagged,
	'tags-odata-get-by-device-uuid': tagged,
	'tags-odata-post': tagged,
	'tags-odata-post-duplicate': taggedThroughOdata,
	'target-state-cache-control-no-cache': late,
	'target-state-cli-deployed': deployedByCli,
	'target-state-device-service-vars': withDeviceServiceVariables,
	'target-state-empty-composition': withDigest,
	'target-state-gzip': late,
	'target-state-hostapp-extension-profile': secondDeviceWithExtensions,
	'target-state-hostapp-update': hostUpdate,
	'target-state-if-none-match-list': late,
	'target-state-if-none-match-star': late,
	'target-state-if-none-match-strong': late,
	'target-state-moved-fleet': movedToEmptyFleet,
	'target-state-new-device-key': async (world) => {
		await withUserMadeKey(world);
		await late(world);
	},
	'target-state-pinned-device': pinnedDevice,
	'target-state-pinned-draft': pinnedOnDraft,
	'target-state-tracking-fleet-without-target': fleetWithoutPin,
	'target-state-two-services-device-vars': withVariables,
};

describe('tools/cloud: recorded exchanges with a real cloud', () => {
	let cloud: RunningCloud;
	let world: CloudData;

	before(async () => {
		cloud = await startCloud({ port: 0, goneLogStreamDelayMs: 20 });
		const client = createControlClient(cloud.url);
		await createFleets(client);
		await createDevices(cloud, client);
		world = structuredClone(cloud.model.data);
	});

	beforeEach(() => {
		Object.assign(cloud.model.data, structuredClone(world));
	});

	after(() => cloud.stop());

	it('replays every recording or says why not', () => {
		expect(Object.keys(NOT_REPLAYED).filter((name) => !listRecordings().includes(name))).to.deep.equal([]);
		expect(Object.keys(SITUATIONS).filter((name) => !listRecordings().includes(name))).to.deep.equal([]);
		expect(listRecordings().length).to.be.greaterThan(150);
	});

	// The tag comes from the bytes: these agree to the last one, with the order of all keys.
	for (const name of SAME_BYTES) {
		it(`gives ${name} the entity tag that the real cloud gave`, async () => {
			await (SITUATIONS[name] ?? registered)({ cloud, client: createControlClient(cloud.url) });
			const answer = await replay(cloud, readRecording(name));
			expect(answer.headers.etag).to.equal(readRecording(name).response.headers.etag);
		});
	}

	for (const name of listRecordings().filter((candidate) => NOT_REPLAYED[candidate] === undefined)) {
		it(`answers ${name} as the real cloud did`, async () => {
			const client = createControlClient(cloud.url);
			await (SITUATIONS[name] ?? registered)({ cloud, client });
			const recording = readRecording(name);
			const answer = await replay(cloud, recording);
			expectSameAnswer(answer, recording);
		});
	}
});

/** An entity tag that was good then is the current one now. */
async function replay(cloud: RunningCloud, recording: Recording): Promise<Answer> {
	const { headers } = recording.request;
	const { 'if-none-match': ifNoneMatch, ...others } = headers;
	const recordedTag = /"[0-9a-f]+-[^"]+"/.exec(recording.response.headers.etag ?? '')?.[0];
	if (ifNoneMatch === undefined || recordedTag === undefined || !ifNoneMatch.includes(recordedTag)) {
		return sendRecorded(cloud, recording.name);
	}
	const { method, path } = recording.request;
	const first = await send(cloud.url, { method, path, headers: others });
	const currentTag = (first.headers.etag ?? '').replace(/^W\//, '');
	return send(cloud.url, {
		method,
		path,
		headers: {
			...others,
			...pick(headers, 'cache-control'),
			'if-none-match': ifNoneMatch.replace(recordedTag, currentTag),
		},
	});
}

function pick(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
	const value = headers[name];
	return value === undefined ? {} : { [name]: value };
}

function expectSameAnswer(answer: Answer, recording: Recording): void {
	const { response, name } = recording;
	expect(answer.status, 'status').to.equal(response.status);
	for (const header of ['content-type', 'content-encoding', 'cache-control', 'retry-after']) {
		expect(answer.headers[header], header).to.equal(response.headers[header]);
	}
	expect(answer.headers.etag !== undefined, 'has an entity tag').to.equal(response.headers.etag !== undefined);
	if (MADE_UP.includes(name)) {
		expect(shapeOf(answer.body), 'shape').to.deep.equal(shapeOf(response.body));
		return;
	}
	expect(comparable(answer.body), 'body').to.deep.equal(comparable(response.body));
	if (JSON.stringify(answer.body) === JSON.stringify(response.body) && answer.body !== null) {
		expect(answer.headers.etag, 'entity tag of the same bytes').to.equal(response.headers.etag);
	}
}

/** Times are when they are, rows come in any order, and of a token only what it allows is of interest. */
function comparable(value: unknown): unknown {
	if (Array.isArray(value)) {
		const items = value.map(comparable);
		return items.sort((a, b) => idOf(a) - idOf(b));
	}
	if (typeof value === 'object' && value !== null) {
		return Object.fromEntries(
			Object.entries(value).map(([key, item]) => [key, key === 'token' ? accessOf(item) : comparable(item)]),
		);
	}
	return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? 'a time' : value;
}

function idOf(value: unknown): number {
	return typeof value === 'object' && value !== null && 'id' in value ? Number(value.id) : 0;
}

function accessOf(token: unknown): unknown {
	const payload: unknown = JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8'));
	const { access, aud, sub, iat, nbf, exp } = payload as Readonly<Record<string, unknown>>;
	return { access, aud, sub, validS: Number(exp) - Number(iat), beforeS: Number(iat) - Number(nbf) };
}

/** Types instead of values, but for empty texts; of a list, the different ones. */
function shapeOf(value: unknown): unknown {
	if (Array.isArray(value)) {
		return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].sort();
	}
	if (typeof value === 'object' && value !== null) {
		const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, shapeOf(item)]);
		return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
	}
	return value === null ? 'null' : value === '' ? 'empty' : typeof value;
}
