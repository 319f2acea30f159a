import { expect } from 'chai';
import Sinon from 'sinon';
import { Listeners } from '../../../src/lib/listeners.ts';

describe('listeners', () => {
	it('are called with what happened, in the order in which they came, until they are taken off', () => {
		const listeners = new Listeners<[number]>();
		const heard: string[] = [];
		const stop = listeners.add((value) => heard.push(`first ${value}`));
		listeners.add((value) => heard.push(`second ${value}`));
		listeners.notify(1);
		stop();
		stop();
		listeners.notify(2);
		expect(heard).to.deep.equal(['first 1', 'second 1', 'second 2']);
	});

	it('that are added twice are taken off one at a time', () => {
		const listeners = new Listeners<[]>();
		const listener = Sinon.stub();
		const stop = listeners.add(listener);
		listeners.add(listener);
		stop();
		listeners.notify();
		Sinon.assert.calledOnce(listener);
	});

	it('that take themselves off while they are called do not keep others from it', () => {
		const listeners = new Listeners<[]>();
		const second = Sinon.stub();
		const stop = listeners.add(() => stop());
		listeners.add(second);
		listeners.notify();
		Sinon.assert.calledOnce(second);
	});
});
