import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { SystemClock } from '../../../../src/adapters/system/system-clock.ts';
import { userAgentOf } from '../../../../src/api-binder/index.ts';
import type { CloudAccess } from '../../../../src/api-binder/protocol/cloud-caller.ts';
import { answerOrProblem, retryAfterMs } from '../../../../src/api-binder/protocol/cloud-problem.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import {
	cloudApi,
	COMMIT,
	eventually,
	FACTS,
	KEY,
	registerDevice,
	startCloudSide,
	UUID,
	type CloudSide,
} from '../cloud-side.ts';

const NEVER = new AbortController().signal;

describe('api-binder: CloudApi', () => {
	let side: CloudSide;
	let access: CloudAccess;
	const api = cloudApi(new SystemClock());
	const fetchTarget = (etag?: string) => api.fetchTarget(access, { uuid: UUID, etag }, NEVER);
	const fetchOrProblem = () => answerOrProblem(() => fetchTarget());
	const lastRequest = () => side.cloud.requests.since(0).at(-1);

	beforeEach(async () => {
		side = await startCloudSide();
		await registerDevice(side);
		access = { endpoint: side.cloud.url, key: KEY, timeoutMs: 5000 };
	});

	afterEach(() => side.cloud.stop());

	it('cloud-api #2: registers with what the device is', async () => {
		const uuid = 'e'.repeat(32);
		const answer = await api.register(
			{ ...access, key: side.fleet.provisioningKey },
			{ applicationId: side.fleet.id, uuid, deviceApiKey: '8'.repeat(32), ...FACTS },
			NEVER,
		);
		expect(answer).to.have.property('kind', 'registered');
		expect(lastRequest()?.body).to.deep.equal({
			application: side.fleet.id,
			uuid,
			device_type: 'raspberrypi4-64',
			api_key: '8'.repeat(32),
			supervisor_version: '20.0.0',
			os_version: 'balenaOS 6.1.2',
			os_variant: 'prod',
			mac_address: 'DC:A6:32:00:00:01',
		});
		expect(lastRequest()?.headers).to.include({
			'user-agent': 'Supervisor/20.0.0 (Linux; balenaOS 6.1.2; prod)',
			accept: 'application/json',
			authorization: 'Bearer',
			'content-type': 'application/json',
		});
	});

	it('cloud-api #17: echoes the entity tag byte for byte', async () => {
		const first = await fetchTarget();
		const etag = first.kind === 'target' ? first.etag : undefined;
		expect(etag).to.match(/^W\//);
		expect(lastRequest()?.headers).not.to.have.property('if-none-match');
		expect(await fetchTarget(etag)).to.deep.equal({ kind: 'not-modified', confirmed: true });
		expect(lastRequest()?.headers).to.include({ 'if-none-match': etag });
	});

	it('cloud-observed 1: a deleted device gets a 304 without an entity tag', async () => {
		await side.control.updateDevice(UUID, { deleted: true });
		expect(await fetchTarget('W/"known"')).to.deep.equal({ kind: 'not-modified', confirmed: false });
	});

	it('cloud-api #25: follows a redirect of the poll, with the key', async () => {
		await side.control.createFault({
			...{ times: 1, status: 302, body: '' },
			headers: { Location: `${side.cloud.url}/device/v3/${UUID}/state` },
		});
		expect(await fetchTarget()).to.have.property('kind', 'target');
	});

	it('does not follow a redirect of a report', async () => {
		await side.control.createFault({
			times: 1,
			status: 302,
			body: '',
			headers: { Location: `${side.cloud.url}/ping` },
		});
		expect(await api.sendReport(access, { [UUID]: {} }, NEVER)).to.include({ problem: 'redirected', status: 302 });
	});

	it('drops the path of the endpoint where the poll and the resource API are asked', async () => {
		const withPath = { ...access, endpoint: `${side.cloud.url}/some/path/` };
		expect(await api.fetchDevice(withPath, UUID, NEVER)).to.have.property('kind', 'found');
		expect(lastRequest()?.path).to.equal('/v7/device');
		expect(lastRequest()?.query).to.deep.equal({ $select: 'id', $filter: `uuid eq '${UUID}'` });
	});

	describe('gives each failure its name', () => {
		const statuses: readonly [number, string][] = [
			[400, 'rejected'],
			[401, 'unauthorized'],
			[403, 'forbidden'],
			[404, 'not-found'],
			[413, 'too-large'],
			[429, 'rate-limited'],
			[500, 'server-error'],
			[503, 'server-error'],
		];
		for (const [status, problem] of statuses) {
			it(`${status}: ${problem}`, async () => {
				await side.control.createFault({ status });
				expect(await fetchOrProblem()).to.deep.equal({ kind: 'problem', problem, status });
			});
		}

		it('half a body: http-broken', async () => {
			await side.control.createFault({ truncate: 20 });
			expect(await fetchOrProblem()).to.have.property('problem', 'http-broken');
		});

		it('garbage: garbage', async () => {
			await side.control.createFault({ body: '<html>Please log in</html>' });
			expect(await fetchOrProblem()).to.include({ problem: 'garbage', status: 200 });
		});

		it('a connection that is closed: http-unreachable', async () => {
			await side.control.createFault({ drop: 'before' });
			expect(await fetchOrProblem()).to.have.property('problem', 'http-unreachable');
		});

		it('a closed port: http-unreachable', async () => {
			await side.cloud.stop();
			expect(await fetchOrProblem()).to.have.property('problem', 'http-unreachable');
		});

		it('silence: http-timeout', async () => {
			access = { ...access, timeoutMs: 50 };
			await side.control.createFault({ delayMs: 2000 });
			expect(await fetchOrProblem()).to.have.property('problem', 'http-timeout');
		});

		it('no URL: http-bad-url', async () => {
			access = { ...access, endpoint: 'nonsense' };
			expect(await fetchOrProblem()).to.have.property('problem', 'http-bad-url');
		});
	});

	it('cloud-api #40: gives a report up after its time, even if the answer trickles in', async () => {
		const clock = new VirtualClock();
		const trickling = createServer((_request, response) => {
			response.writeHead(200, { 'content-length': 1000 }).write('x');
		});
		await new Promise<void>((resolve) => trickling.listen(0, '127.0.0.1', resolve));
		const endpoint = `http://127.0.0.1:${(trickling.address() as AddressInfo).port}`;
		let answer: unknown;
		const call = answerOrProblem(() => cloudApi(clock).sendReport({ ...access, endpoint }, {}, NEVER)).then((value) => {
			answer = value;
		});
		await clock.advance(4999);
		expect(answer).to.equal(undefined);
		await clock.advance(1);
		await eventually(() => answer);
		expect(answer).to.have.property('problem', 'http-timeout');
		await call;
		trickling.closeAllConnections();
		trickling.close();
	});

	it('gives a target up that has been trickling in for ten minutes', async () => {
		const clock = new VirtualClock();
		await side.control.createFault({ trickle: { bytes: 1, everyMs: 1000 } });
		let answer: unknown;
		void answerOrProblem(() => cloudApi(clock).fetchTarget(access, { uuid: UUID }, NEVER)).then((value) => {
			answer = value;
		});
		await clock.advance(10 * 60_000 - 1);
		expect(answer).to.equal(undefined);
		await clock.advance(1);
		expect(await eventually(() => answer)).to.have.property('problem', 'http-timeout');
	});

	it('does not take the page of a portal for the word of the cloud', async () => {
		await side.control.createFault({ status: 200, body: ' <!doctype html><title>Welcome' });
		const report = await api.sendReport(access, { [UUID]: {} }, NEVER);
		expect(report).to.include({ problem: 'garbage', status: 200 });
		expect(await api.exchangeKey(access, { deviceId: 1, deviceApiKey: KEY }, NEVER)).to.have.property(
			'kind',
			'problem',
		);
	});

	it('never names the key in an error', async () => {
		const secret = 'secretsecretsecretsecretsecret00';
		for (const endpoint of ['http://127.0.0.1:1', 'nonsense']) {
			const problem = await answerOrProblem(() =>
				api.fetchTarget({ endpoint, key: secret, timeoutMs: 1000 }, { uuid: UUID }, NEVER),
			);
			expect(JSON.stringify(problem)).not.to.include(secret);
		}
	});

	it('rejects with the reason of the signal', async () => {
		const controller = new AbortController();
		await side.control.createFault({ delayMs: 2000 });
		const call = api.fetchTarget(access, { uuid: UUID }, controller.signal).catch((error: unknown) => error);
		const reason = new Error('stop');
		controller.abort(reason);
		expect(await call).to.equal(reason);
	});

	it('Q-2: reads Retry-After as seconds, and only whole ones', () => {
		const wait = (value?: string) => retryAfterMs({ status: 503, headers: { 'retry-after': value }, body: '' });
		expect([wait('20'), wait('0'), wait('Wed, 21 Oct 2026 07:28:00 GMT'), wait()]).to.deep.equal([
			20_000,
			0,
			undefined,
			undefined,
		]);
		expect(wait('99999999999')).to.equal(86_400_000);
	});

	it('names itself as specified', () => {
		expect(userAgentOf(FACTS)).to.equal('Supervisor/20.0.0 (Linux; balenaOS 6.1.2; prod)');
		expect(userAgentOf({ ...FACTS, osVariant: undefined })).to.equal('Supervisor/20.0.0 (Linux; balenaOS 6.1.2)');
		expect(userAgentOf({ supervisorVersion: '20.0.0' })).to.equal('Supervisor/20.0.0');
	});

	it('cloud-observed 2: takes a report about a release of its fleet, and sees a 401 for one that is not', async () => {
		const about = (commit: string) => ({ [UUID]: { apps: { [side.fleet.uuid]: { releases: { [commit]: {} } } } } });
		expect(await api.sendReport(access, about(COMMIT), NEVER)).to.deep.equal({ kind: 'accepted' });
		expect(await api.sendReport(access, about('b'.repeat(32)), NEVER)).to.have.property('problem', 'unauthorized');
	});
});
