import { Readable } from 'node:stream';
import { expect } from 'chai';
import Sinon from 'sinon';
import type { HistoryEntry, HistoryQuery } from '../../../src/domain/history.ts';
import type { StoredRequest } from '../../../src/ports/request-store.ts';
import { idleOperations } from './idle-operations.ts';
import { KEYS, startRecordedApi, type RecordedApi } from './recorded-api.ts';

const key = KEYS.device;
const entry = (id: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
	...{ id, kind: 'cloud', event: 'lost', sentence: 'the cloud cannot be reached' },
	...{ count: 1, firstAt: 1000, lastAt: 2000, isSynchronised: true },
	...more,
});

describe('the past in the device API', () => {
	const history = Sinon.stub<[HistoryQuery, { readonly limit: number }], Promise<readonly HistoryEntry[]>>();
	const findRequest = Sinon.stub<[string], Promise<StoredRequest | undefined>>();
	const openLogs = Sinon.stub();
	let api: RecordedApi;

	before(async () => {
		api = await startRecordedApi({ past: { ...idleOperations.past, history, findRequest, openLogs } });
	});
	after(() => api.close());
	beforeEach(() => {
		history.reset();
		findRequest.reset();
		openLogs.reset();
		openLogs.resolves(() => Readable.from([]));
	});

	async function answerTo(path: string, by = key): Promise<Readonly<Record<string, unknown>>> {
		const { status, body } = await api.call('GET', path, { key: by });
		return { status, ...(JSON.parse(body) as object) };
	}

	it('v3-api #1: 6.1: shows the history in pages, the newest first', async () => {
		const web = { kind: 'service', appId: 1, appUuid: 'u1', serviceName: 'web', details: { exit_code: 1 } } as const;
		history.resolves([entry(9, { ...web, count: 3 }), entry(8, { isSynchronised: false }), entry(7)]);
		expect(await answerTo('/v3/history?limit=2')).to.deep.equal({
			status: 200,
			events: [
				{
					...{ id: 9, kind: 'service', event: 'lost', at: '1970-01-01T00:00:02.000Z', count: 3 },
					...{ first_at: '1970-01-01T00:00:01.000Z', app_id: 1, app: 'u1', service: 'web' },
					...{ sentence: 'the cloud cannot be reached', details: { exit_code: 1 } },
				},
				{
					...{ id: 8, kind: 'cloud', event: 'lost', at: '1970-01-01T00:00:02.000Z', clock: 'unsynchronised' },
					sentence: 'the cloud cannot be reached',
				},
			],
			next: 8,
		});
		expect(history.lastCall.args[1]).to.deep.equal({ order: 'newest', limit: 3 });
		history.resolves([entry(7)]);
		expect(await answerTo('/v3/history?limit=2&before=8')).not.to.have.property('next');
	});

	it('v3-api #1: 6.1: hands on what is asked for', async () => {
		history.resolves([]);
		const query = 'since=2026-01-01&until=2026-01-02T03:04:05.5%2B01:00&app=u1&service=web&kind=service,step&before=9';
		await answerTo(`/v3/history?${query}`);
		expect(history.lastCall.args[0]).to.deep.equal({
			...{ since: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 0, 2, 2, 4, 5, 500), app: 'u1', appIds: undefined },
			...{ serviceName: 'web', kinds: ['step', 'service'], before: 9 },
		});
		await answerTo('/v3/history', KEYS.beta);
		expect(history.lastCall.args[0]).to.deep.include({ appIds: [2] });
	});

	it('v3-api #1: 1.3: names each value that it cannot read', async () => {
		const query = 'since=yesterday&until=2026-13-99&kind=service,nothing&limit=0&before=x&app=a&app=b';
		expect(await answerTo(`/v3/history?${query}`)).to.deep.equal({
			...{ type: 'about:blank', title: 'Bad Request', status: 400, detail: 'The query cannot be read' },
			issues: [
				{ path: 'since', message: 'is no time, such as 2026-01-31T12:00:00Z' },
				{ path: 'until', message: 'is no time, such as 2026-01-31T12:00:00Z' },
				{ path: 'app', message: 'is given more than once' },
				{
					path: 'kind',
					message:
						'nothing is none of target, step, service, request, lock, release, reboot, start, cloud, engine, storage, clock',
				},
				{ path: 'before', message: 'is no whole number from 1 to 9007199254740991' },
				{ path: 'limit', message: 'is no whole number from 1 to 1000' },
			],
		});
		Sinon.assert.notCalled(history);
		expect(await answerTo('/v3/logs?lines=1001')).to.deep.include({
			status: 400,
			issues: [{ path: 'lines', message: 'is no whole number from 1 to 1000' }],
		});
		Sinon.assert.notCalled(openLogs);
	});

	it('v3-api #1: 6.4: reads logs for the apps of the key', async () => {
		await api.call('GET', '/v3/logs?app=u1&service=web&since=2026-01-01&lines=7&follow=true', { key: KEYS.alpha });
		const [query] = openLogs.lastCall.args as [{ readonly covers: (appId: number) => boolean }];
		expect(query).to.deep.include({ app: 'u1', serviceName: 'web', lines: 7, isFollowed: true });
		expect([1, 2].map((appId) => query.covers(appId))).to.deep.equal([true, false]);
	});

	it('v3-api #1: 6.4: is a problem while the logs cannot be read', async () => {
		openLogs.rejects(new Error('the engine is away'));
		expect(await answerTo('/v3/logs')).to.include({ status: 503, detail: 'the engine is away' });
	});

	it('v3-api #1: 5.3: shows a request to those whose key covers it, or who have sent it', async () => {
		const stop = { id: 'r1', body: { kind: 'stopService', appId: 1, serviceName: 'web', containerId: 'c' } } as const;
		findRequest.withArgs('r1').resolves({ ...stop, force: true, asker: 'device' });
		expect(await answerTo('/v3/requests/r1')).to.deep.equal({
			...{ status: 200, id: 'r1', operation: 'stop_service', state: 'open', force: true },
			...{ app_id: 1, service: 'web', asked_by: 'device' },
		});
		const outcome = { kind: 'failed', code: 'updates-locked', message: 'locked' } as const;
		findRequest.withArgs('r1').resolves({ ...stop, force: false, outcome });
		expect(await answerTo('/v3/requests/r1', KEYS.alpha)).to.deep.include({
			...{ state: 'failed', error: { code: 'updates-locked', message: 'locked' } },
		});
		expect(await answerTo('/v3/requests/r1', KEYS.beta)).to.include({
			status: 404,
			detail: 'There is no such request',
		});
		findRequest.withArgs('r2').resolves({ id: 'r2', body: { kind: 'reboot' }, force: false, asker: 'app:2' });
		expect(await answerTo('/v3/requests/r2', KEYS.beta)).to.include({ status: 200, operation: 'reboot' });
		expect(await answerTo('/v3/requests/r2', KEYS.alpha)).to.include({ status: 404 });
		expect(await answerTo('/v3/requests/never')).to.include({ status: 404 });
	});
});
