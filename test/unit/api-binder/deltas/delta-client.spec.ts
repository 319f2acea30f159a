import { expect } from 'chai';
import Sinon from 'sinon';
import { GotClient } from '../../../../src/adapters/http/index.ts';
import { DeltaClient } from '../../../../src/api-binder/index.ts';
import type { Settings } from '../../../../src/config/index.ts';
import type { DeltaAnswer, DeltaPatch } from '../../../../src/application-manager/index.ts';
import type { NewDeltaInput } from '../../../../tools/cloud/control-schemas.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { FACTS, IMAGE, KEY, registerDevice, settingsOf, startCloudSide, UUID, type CloudSide } from '../cloud-side.ts';

const NEXT = `registry.test/v2/next@sha256:${'2'.repeat(64)}`;
const DELTA = 'registry.test/v2/next:delta-1';
const PAIR = { source: IMAGE, target: NEXT, isSourceDeltaBaseOnly: false };
const NEVER = new AbortController().signal;
const TOKEN_PATH = '/auth/v1/token';

describe('api-binder: DeltaClient', () => {
	let side: CloudSide;
	let clock: VirtualClock;
	let change: Partial<Settings>;
	let hide: Sinon.SinonStub<[string]>;
	let patchAt: Sinon.SinonStub<[string, ...unknown[]], DeltaPatch>;
	let canApply: boolean;
	let client: DeltaClient;

	beforeEach(async () => {
		side = await startCloudSide();
		await registerDevice(side);
		await side.control.createRelease(side.fleet.id, { composition: { services: {} }, images: { web: NEXT } });
		await side.control.deleteRequests();
		clock = new VirtualClock();
		[change, canApply] = [{}, true];
		hide = Sinon.stub<[string]>();
		const apply = () => Promise.resolve({ kind: 'done', engineImageId: 'sha256:1' } as const);
		patchAt = Sinon.stub<[string, ...unknown[]], DeltaPatch>().returns({ apply });
		client = new DeltaClient({
			http: new GotClient(),
			settings: {
				read: () =>
					Promise.resolve(
						settingsOf(side.cloud.url, {
							...{ delta: true, deltaVersion: 3, deltaEndpoint: side.cloud.url },
							...{ deltaRequestTimeoutMs: 5000, deltaRetryIntervalMs: 10 },
							...change,
						}),
					),
			},
			facts: () => Promise.resolve(FACTS),
			clock,
			hide,
			patches: {
				canApply: () => Promise.resolve(canApply),
				at: patchAt,
			},
		});
	});
	afterEach(() => side.cloud.stop());

	const add = (delta: Partial<NewDeltaInput>) => side.control.createDelta({ src: IMAGE, dest: NEXT, ...delta });
	const ask = (pair = PAIR) => client.ask(pair, NEVER);
	const requests = () => side.cloud.requests.since(0);
	const paths = () => requests().map(({ path }) => path);
	const fail = (status: number, path = '/api/') =>
		side.control.createFault({ match: { path }, status, headers: { Location: `${side.cloud.url}/ping` } });
	const becauseOf = (answer: DeltaAnswer) => ('because' in answer ? answer.because : '');

	it('cloud-api #55: asks for a token for both images, the target first, and with it for the delta', async () => {
		await add({ name: DELTA });
		const answer = await ask();
		expect(answer).to.include({ kind: 'image', reference: DELTA });
		const [token, delta, ...rest] = requests();
		expect(rest).to.deep.equal([]);
		expect(token).to.include({ method: 'GET', path: TOKEN_PATH, status: 200 });
		expect(token?.query).to.deep.equal({
			service: 'registry.test',
			scope: ['repository:v2/next:pull', 'repository:v2/web:pull'],
		});
		expect(token?.headers).to.include({
			authorization: 'Basic',
			accept: 'application/json',
			'accept-encoding': 'gzip, deflate',
			'user-agent': 'Supervisor/20.0.0 (Linux; balenaOS 6.1.2; prod)',
		});
		expect(delta).to.include({ method: 'GET', path: '/api/v3/delta', status: 200 });
		expect(delta?.query).to.deep.equal({ src: IMAGE, dest: NEXT });
		expect(delta?.headers).to.include({ authorization: 'Bearer' });
	});

	it('completes the name of a delta that has no tag', async () => {
		await add({ name: 'registry.test/r/d' });
		expect(await ask()).to.include({ kind: 'image', reference: 'registry.test/r/d:latest' });
	});

	it('cloud-api #55: keeps a token for ten minutes, for this pair and this key', async () => {
		await add({ name: DELTA });
		await ask();
		await clock.advance(10 * 60_000 - 1);
		await ask();
		const tokens = () => paths().filter((path) => path === TOKEN_PATH).length;
		expect(tokens()).to.equal(1);
		await clock.advance(1);
		await ask();
		expect(tokens()).to.equal(2);
		await ask({ ...PAIR, source: NEXT, target: IMAGE });
		expect(tokens()).to.equal(3);
		change = { deviceApiKey: 'another key of this device' };
		expect(await ask()).to.have.property('kind', 'failed');
		expect(tokens()).to.equal(4);
	});

	it('never lets a token or the key out, but hides them', async () => {
		await add({ name: DELTA });
		const answer = await ask();
		const token = answer.kind === 'image' ? answer.registryToken : '';
		expect(token).to.match(/^ey.+\./);
		expect(hide.args.flat()).to.include.members([token, Buffer.from(`d_${UUID}:${KEY}`).toString('base64')]);
		change = { apiEndpoint: 'http://127.0.0.1:1', uuid: 'x' };
		const refused = await ask();
		change = { deltaEndpoint: 'http://127.0.0.1:1' };
		const unreachable = await ask();
		for (const text of [refused, unreachable].map(becauseOf)) {
			expect(text).to.contain('127.0.0.1:1').and.not.contain(token).and.not.contain(KEY);
		}
	});

	describe('version 3', () => {
		const rows: readonly (readonly [number, DeltaAnswer['kind']])[] = [
			[502, 'processing'],
			[504, 'processing'],
			[302, 'failed'],
			[401, 'failed'],
			[400, 'none'],
			[403, 'none'],
			[404, 'none'],
			[429, 'none'],
			[204, 'failed'],
			[500, 'failed'],
			[503, 'failed'],
		];
		for (const [status, kind] of rows) {
			it(`${status}: ${kind}`, async () => {
				await fail(status);
				const answer = await ask();
				expect(answer).to.have.property('kind', kind);
				if (kind !== 'processing') expect(becauseOf(answer)).to.contain(String(status));
				expect(paths()).to.deep.equal([TOKEN_PATH, '/api/v3/delta']); // nothing is followed
			});
		}

		for (const body of ['{', '{"name":7}', '{}', '[]', 'null', '{"name":"a b"}']) {
			it(`200 with ${body}: failed`, async () => {
				await side.control.createFault({ match: { path: '/api/' }, status: 200, body });
				expect(await ask()).to.deep.equal({ kind: 'failed', because: 'delta server: the answer names no image' });
			});
		}

		it('no answer: failed', async () => {
			await side.control.createFault({ match: { path: '/api/' }, drop: 'before' });
			expect(await ask()).to.have.property('kind', 'failed');
		});

		it('an answer that takes too long: failed', async () => {
			await side.control.createFault({ match: { path: '/api/' }, delayMs: 60_000 });
			const answer = ask();
			while (paths().length < 2) await new Promise(setImmediate);
			await clock.advance(5000);
			expect(becauseOf(await answer)).to.contain('took longer than 5000 ms');
		});
	});

	describe('version 2', () => {
		beforeEach(() => {
			change = { deltaVersion: 2 };
		});
		const rows: readonly (readonly [number, DeltaAnswer['kind']])[] = [
			[302, 'patch'],
			[307, 'patch'],
			[502, 'processing'],
			[504, 'processing'],
			[200, 'failed'],
			[401, 'failed'],
			[404, 'failed'],
			[429, 'failed'],
			[500, 'failed'],
		];
		for (const [status, kind] of rows) {
			it(`${status}: ${kind}`, async () => {
				await fail(status);
				expect(await ask()).to.have.property('kind', kind);
				expect(paths()).to.deep.equal([TOKEN_PATH, '/api/v2/delta']); // the redirect is not followed here
				expect(patchAt.args.map(([url]) => url)).to.deep.equal(kind === 'patch' ? [`${side.cloud.url}/ping`] : []);
			});
		}

		it('a redirect that does not say where to: failed', async () => {
			await side.control.createFault({ match: { path: '/api/' }, status: 302 });
			expect(await ask()).to.have.property('kind', 'failed');
			await side.control.deleteFaults();
			await side.control.createFault({ match: { path: '/api/' }, status: 302, headers: { Location: 'http://[' } });
			expect(await ask()).to.have.property('kind', 'failed');
		});

		it('takes a place on the same server', async () => {
			await add({ payload: 'AAAA' });
			await ask();
			expect(patchAt.args.map(([url]) => url)).to.deep.equal([`${side.cloud.url}/delta-payloads/1`]);
		});

		it('is not asked for where nothing could be done with it', async () => {
			canApply = false;
			expect(becauseOf(await ask())).to.contain('no rsync');
			expect(paths()).to.deep.equal([]);
		});
	});

	describe('is not asked at all, and the image fetched as a whole,', () => {
		const cases: readonly (readonly [string, Partial<Settings>, Partial<typeof PAIR>])[] = [
			['for an unknown version', { deltaVersion: 1 }, {}],
			['when the source is a version 2 delta', {}, { isSourceDeltaBaseOnly: true }],
			['without a cloud', { apiEndpoint: '' }, {}],
			['without a key', { deviceApiKey: '' }, {}],
			['for an image from no registry of the cloud', {}, { target: 'alpine:latest' }],
		];
		for (const [what, settings, pair] of cases) {
			it(what, async () => {
				change = settings;
				expect(await ask({ ...PAIR, ...pair })).to.have.property('kind', 'none');
				expect(paths()).to.deep.equal([]);
			});
		}

		it('but a version 2 delta can start from another', async () => {
			change = { deltaVersion: 2 };
			await add({ payload: 'AAAA' });
			expect(await ask({ ...PAIR, isSourceDeltaBaseOnly: true })).to.have.property('kind', 'patch');
		});
	});

	describe('without a token', () => {
		const answers: readonly (readonly [string, object, string])[] = [
			['because the key is wrong', { status: 401 }, '(401)'],
			['because the cloud fails', { status: 503 }, '(503)'],
			['because the answer holds none', { status: 200, body: { access: 1 } }, 'holds no token'],
			['because the answer is empty', { status: 200 }, 'holds no token'],
		];
		for (const [what, fault, because] of answers) {
			it(`${what}: failed, and asked again the next time`, async () => {
				await side.control.createFault({ match: { path: TOKEN_PATH }, times: 1, ...fault });
				await add({ name: DELTA });
				const answer = await ask();
				expect(answer).to.have.property('kind', 'failed');
				expect(becauseOf(answer))
					.to.match(/^Authentication error: /)
					.and.contain(because);
				expect(paths()).to.deep.equal([TOKEN_PATH]);
				expect(await ask()).to.have.property('kind', 'image');
			});
		}

		it('follows a redirect to it', async () => {
			await side.control.createFault({
				match: { path: TOKEN_PATH },
				times: 1,
				status: 302,
				headers: {
					Location: `${side.cloud.url}${TOKEN_PATH}?service=registry.test&scope=repository:v2/next:pull&scope=repository:v2/web:pull`,
				},
			});
			await add({ name: DELTA });
			expect(await ask()).to.have.property('kind', 'image');
		});
	});
});
