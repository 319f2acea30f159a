import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import Sinon from 'sinon';
import { orAborted, untilAborted } from '../../../src/lib/until-aborted.ts';

describe('waiting for an abort', () => {
	it('ends with it, at once where it has happened', async () => {
		const controller = new AbortController();
		const over = Sinon.stub();
		const waiting = untilAborted(controller.signal).then(over);
		await new Promise(setImmediate);
		Sinon.assert.notCalled(over);
		controller.abort();
		await waiting;
		await untilAborted(controller.signal);
	});

	it('gives the answer or the reason of the abort, whichever is first, and leaves no listener', async () => {
		const { signal } = new AbortController();
		expect(await orAborted(Promise.resolve(1), signal)).to.equal(1);
		expect(await orAborted(Promise.resolve(2), undefined)).to.equal(2);
		const failure = new Error('no answer');
		expect(await orAborted(Promise.reject(failure), signal).catch((error: unknown) => error)).to.equal(failure);
		expect(getEventListeners(signal, 'abort')).to.have.lengthOf(0);
		const controller = new AbortController();
		const reason = new Error('not wanted any more');
		const never = orAborted(new Promise(() => undefined), controller.signal).catch((error: unknown) => error);
		controller.abort(reason);
		expect(await never).to.equal(reason);
	});
});
