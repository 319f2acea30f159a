import { expect } from 'chai';
import Sinon from 'sinon';
import { HttpByteSource } from '../../../../src/adapters/http/index.ts';
import { SystemClock } from '../../../../src/adapters/system/index.ts';
import { DeltaPatches } from '../../../../src/api-binder/index.ts';
import { splitPayload } from '../../../../src/api-binder/deltas/delta-patch.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../src/config/index.ts';
import type { PatchResult } from '../../../../src/ports/image-patcher.ts';
import type { NewFaultInput } from '../../../../tools/cloud/control-schemas.ts';
import { silentLog } from '../../../support/logs.ts';
import { startCloudSide, type CloudSide } from '../cloud-side.ts';

const CONFIG = { Cmd: ['run'], Env: ['A=1'] };
const BATCH = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7) % 256));
const PAYLOAD = Buffer.concat([
	Buffer.from(JSON.stringify({ version: 2, dockerConfig: CONFIG })),
	Buffer.from([0]),
	BATCH,
]);
const PATH = '/delta-payloads/';

describe('api-binder: DeltaPatches', () => {
	let side: CloudSide;
	let received: Buffer[];
	let result: PatchResult;
	let progress: Sinon.SinonStub<[number]>;

	beforeEach(async () => {
		side = await startCloudSide();
		[received, progress] = [[], Sinon.stub<[number]>()];
		result = { kind: 'done', engineImageId: 'sha256:made' };
	});
	afterEach(() => side.cloud.stop());

	const patcher = {
		isAvailable: () => Promise.resolve(true),
		apply: async ({ source, config, batch }: { source: string; config: object; batch: AsyncIterable<Uint8Array> }) => {
			expect([source, config]).to.deep.equal(['sha256:source', CONFIG]);
			for await (const chunk of batch) received.push(Buffer.from(chunk));
			return result;
		},
	};
	const apply = async (change: Partial<Settings> = {}, options: { refusesRanges?: boolean; payload?: Buffer } = {}) => {
		const { payload = PAYLOAD, ...rest } = options;
		const delta = { src: 'a', dest: 'b', payload: payload.toString('base64'), ...rest };
		const { id } = await side.control.createDelta(delta);
		const patches = new DeltaPatches({
			source: new HttpByteSource(),
			patcher,
			clock: new SystemClock(),
			log: silentLog,
		});
		const settings = {
			...DEFAULT_SETTINGS,
			...{ deltaRequestTimeoutMs: 2000, deltaRetryCount: 2, deltaRetryIntervalMs: 1, ...change },
		};
		const signal = new AbortController().signal;
		const patch = patches.at(`${side.cloud.url}${PATH}${id}`, settings);
		return patch.apply({ source: 'sha256:source', signal, progress });
	};
	const failure = (call: Promise<unknown>) =>
		call.then(
			() => 'no failure',
			(error: unknown) => (error instanceof Error ? error.message : String(error)),
		);
	const breakOff = (fault: NewFaultInput) => side.control.createFault({ match: { path: PATH }, ...fault });
	const requests = () =>
		side.cloud.requests.since(0).map(({ headers, status }) => [headers['range'] ?? 'whole', status] as const);

	it('cloud-api #56: fetches the payload without credentials, and hands it on with its configuration', async () => {
		expect(await apply()).to.deep.equal(result);
		expect(Buffer.concat(received).equals(BATCH)).to.equal(true);
		expect(side.cloud.requests.since(0)[0]?.headers).to.not.have.any.keys('authorization', 'cookie', 'range');
		const percents = progress.args.flat();
		expect(percents.at(-1)).to.equal(100);
		expect(percents).to.deep.equal([...percents].sort((a, b) => a - b));
	});

	it('says that it does not fit', async () => {
		result = { kind: 'out-of-sync', because: 'rsync ended with 23' };
		expect(await apply()).to.deep.equal(result);
	});

	it('resumes where it broke off, as often as something arrives in between', async () => {
		await breakOff({ times: 4, truncate: 20_000 });
		await apply({ deltaRetryCount: 1 });
		expect(Buffer.concat(received).equals(BATCH)).to.equal(true);
		const starts = [0, 20_000, 40_000, 60_000, 80_000];
		expect(requests().map(([range]) => range)).to.deep.equal(starts.map((n) => (n === 0 ? 'whole' : `bytes=${n}-`)));
	});

	it('gives up when nothing arrives for too many times', async () => {
		await breakOff({ times: 1, truncate: 20_000 });
		await breakOff({ drop: 'before' });
		expect(await failure(apply())).to.contain('cannot reach 127.0.0.1');
		expect(requests()).to.have.length(3); // the first, and two retries
	});

	it('keeps its distance between two attempts', async () => {
		await breakOff({ times: 2, truncate: 20_000 });
		const startedAt = performance.now();
		await apply({ deltaRetryIntervalMs: 40 });
		expect(performance.now() - startedAt).to.be.at.least(75);
	});

	it('does not resume with a server that knows no ranges', async () => {
		await breakOff({ times: 1, truncate: 20_000 });
		expect(await failure(apply({}, { refusesRanges: true }))).to.contain('broke off');
		expect(requests()).to.have.length(1);
	});

	it('does not take a second beginning for what is missing', async () => {
		await breakOff({ times: 1, truncate: 20_000 });
		await breakOff({ times: 1, status: 200, body: 'something else' });
		expect(await failure(apply())).to.equal('cannot go on with the delta: status 200');
	});

	for (const [status, headers] of [
		[404, {}],
		[302, { Location: '/ping' }],
		[500, {}],
	] as const) {
		it(`fails at once when the place answers ${status}`, async () => {
			await breakOff({ status, headers });
			expect(await failure(apply())).to.equal(`cannot download the delta: status ${status}`);
			expect(requests()).to.have.length(1);
		});
	}

	it('wants to know how long it is', async () => {
		expect(await failure(apply({}, { payload: Buffer.alloc(0) }))).to.contain('how long');
	});

	it('gives up on a server that says nothing', async () => {
		await breakOff({ delayMs: 60_000 });
		expect(await failure(apply({ deltaRequestTimeoutMs: 30 }))).to.contain('did not answer in time');
	});

	it('ends with its time', async () => {
		await breakOff({ delayMs: 60_000 });
		expect(await failure(apply({ deltaApplyTimeoutMs: 30 }))).to.equal('the delta was not applied within 30 ms');
	});

	describe('the description in front of a payload', () => {
		async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
			for (const text of texts) yield Promise.resolve(Buffer.from(text));
		}

		it('may come in pieces', async () => {
			const { config, batch } = await splitPayload(pieces('{"version":2,"docker', 'Config":{"A":1}}\0b', 'atch'));
			expect(config).to.deep.equal({ A: 1 });
			let text = '';
			for await (const chunk of batch) text += Buffer.from(chunk).toString();
			expect(text).to.equal('batch');
		});

		for (const text of [
			'{"version":3,"dockerConfig":{}}\0',
			'{"version":2}\0',
			'x\0',
			'{"version":2,"dockerConfig":{}}',
		]) {
			it(`is not ${JSON.stringify(text)}`, async () => {
				expect(await failure(splitPayload(pieces(text)))).to.contain('description');
			});
		}

		it('has an end', async () => {
			const endless = pieces(...Array.from({ length: 40 }, () => 'x'.repeat(100_000)));
			expect(await failure(splitPayload(endless))).to.contain('does not begin with');
			expect((await endless.next()).done).to.equal(false); // and was not read to its end
		});
	});
});
