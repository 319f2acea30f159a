import { expect } from 'chai';
import Sinon from 'sinon';
import { watchFetches, watchReports, type EndedCall } from '../../../src/api-binder/watch-answers.ts';
import { HttpError } from '../../../src/ports/http-client.ts';

const ACCESS = { endpoint: 'http://cloud', key: 'k', timeoutMs: 1 };
const TARGET = { body: {}, uuid: 'u', source: 's' };

describe('answers of the cloud', () => {
	const signal = new AbortController().signal;
	const heard = Sinon.stub<[EndedCall], undefined>();
	beforeEach(() => {
		heard.reset();
	});

	it('are counted by what they were, and passed on as they are', async () => {
		const outcomes = [
			{ kind: 'fetched', isNew: true, target: TARGET },
			{ kind: 'fetched', isNew: false, target: TARGET },
			{ kind: 'problem', problem: 'server-error', status: 503 },
		] as const;
		for (const outcome of outcomes) {
			const fetcher = watchFetches({ fetch: () => Promise.resolve(outcome) }, heard);
			expect(await fetcher.fetch(signal)).to.equal(outcome);
		}
		expect(heard.args.map(([call]) => call)).to.deep.equal([
			{ call: 'target', result: 'new', isSuccess: true },
			{ call: 'target', result: 'unchanged', isSuccess: true },
			{ call: 'target', result: 'server-error', isSuccess: false },
		]);
	});

	it('count a report that no cloud was there for', async () => {
		const away = { sendReport: () => Promise.reject(new HttpError('http-timeout', 'too slow')) };
		expect(await watchReports(away, heard).sendReport(ACCESS, {}, signal)).to.include({ problem: 'http-timeout' });
		const taken = { sendReport: () => Promise.resolve({ kind: 'accepted' } as const) };
		expect(await watchReports(taken, heard).sendReport(ACCESS, {}, signal)).to.deep.equal({ kind: 'accepted' });
		expect(heard.args.map(([{ result }]) => result)).to.deep.equal(['http-timeout', 'accepted']);
	});

	it('are not counted where the process ends meanwhile', async () => {
		const aborted = { fetch: () => Promise.reject(new Error('aborted')) };
		const error = await watchFetches(aborted, heard)
			.fetch(signal)
			.catch((reason: unknown) => reason);
		expect(error).to.be.an('error');
		Sinon.assert.notCalled(heard);
	});
});
