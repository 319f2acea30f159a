import { expect } from 'chai';
import sinon from 'sinon';
import type { AuthenticationOptions } from '../../../src/device-api/middleware.ts';
import { idleOperations } from './idle-operations.ts';
import { KEYS, startRecordedApi, type RecordedApi } from './recorded-api.ts';

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';

describe('the metrics of the API', () => {
	let api: RecordedApi;
	afterEach(() => api.close());

	it('come in the form that the scraper prefers', async () => {
		api = await startRecordedApi();
		const plain = await api.call('GET', '/metrics', { key: KEYS.device });
		expect(plain.headers['content-type']).to.equal('text/plain; version=0.0.4; charset=utf-8');
		const open = await api.call('GET', '/metrics', { key: KEYS.device, headers: { accept: OPEN_METRICS } });
		expect(open.headers['content-type']).to.equal(`${OPEN_METRICS}; charset=utf-8`);
		expect(open.body).to.match(/# EOF\n$/);
	});

	it('are not for web pages', async () => {
		api = await startRecordedApi();
		const answer = await api.call('GET', '/metrics', { key: KEYS.device, headers: { origin: 'http://evil.example' } });
		expect(answer.status).to.equal(403);
	});

	it('count each answer under the pattern of its path', async () => {
		const answered = sinon.stub();
		api = await startRecordedApi({ metrics: { ...idleOperations.metrics, answered } });
		await api.call('GET', '/v3/explain/apps/u1', { key: KEYS.device });
		await api.call('GET', '/v3/status');
		await api.call('GET', '/nowhere', { key: KEYS.device });
		const seen = answered.args.map(([request]) => {
			const { method, route, status } = request as Record<string, unknown>;
			return [method, route, status];
		});
		expect(seen).to.deep.equal([
			['GET', '/v3/explain/apps/:uuid', 200],
			['GET', undefined, 401],
			['GET', undefined, 404],
		]);
	});

	it('ask whether a key is needed for this very path', async () => {
		const isRequired = sinon.stub<Parameters<AuthenticationOptions['isRequired']>, Promise<boolean>>().resolves(false);
		const keys = { scopesOf: () => Promise.resolve(undefined) };
		const authentication = { isRequired, keys } as unknown as AuthenticationOptions; // only these are called
		api = await startRecordedApi({ authentication });
		await api.call('GET', '/metrics?x=1');
		expect(isRequired.args).to.deep.equal([['127.0.0.1', '/metrics']]);
	});
});
