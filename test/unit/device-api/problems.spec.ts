import { expect } from 'chai';
import { KEYS, startRecordedApi, type RecordedApi } from './recorded-api.ts';

describe('failures of v3', () => {
	let api: RecordedApi;
	before(async () => (api = await startRecordedApi()));
	after(() => api.close());

	async function failureOf(path: string, call: Parameters<RecordedApi['call']>[2]): Promise<unknown> {
		const { status, headers, body } = await api.call('GET', path, call);
		expect(headers['content-type']).to.equal('application/problem+json; charset=utf-8');
		const problem = JSON.parse(body) as Readonly<Record<string, unknown>>;
		expect(problem).to.include({ type: 'about:blank', status });
		return [problem['title'], problem['detail']];
	}

	it('v3-api #1: 1.3: are problems, whichever handler finds them', async () => {
		const key = KEYS.device;
		expect(await failureOf('/v3/nothing', { key })).to.deep.equal(['Not Found', 'There is no GET /v3/nothing']);
		expect(await failureOf('/V3', { key })).to.deep.equal(['Not Found', 'There is no GET /V3']);
		expect(await failureOf('/v3/status', { key: 'wrong' })).to.deep.equal([
			'Unauthorized',
			'No key, or one that this device does not know',
		]);
		expect(await failureOf('/v3/status', { key, headers: { origin: 'http://elsewhere' } })).to.deep.equal([
			'Forbidden',
			'Requests from web pages of another origin are refused',
		]);
		const unreadable = { key, body: '{', headers: { 'content-type': 'application/json' } };
		expect(await failureOf('/v3/nothing', unreadable)).to.have.property('0', 'Bad Request');
	});

	it('stay as they were elsewhere', async () => {
		const { headers } = await api.call('GET', '/v33', { key: KEYS.device });
		expect(headers['content-type']).to.equal('text/html; charset=utf-8');
	});
});
