import { expect } from 'chai';
import Sinon from 'sinon';
import { CloudTroubles } from '../../../src/api-binder/index.ts';

describe('what stands between a device and its cloud', () => {
	function make() {
		const clock = { now: 0 };
		const troubles = new CloudTroubles({ now: () => clock.now });
		const at = (now: number) => {
			clock.now = now;
			return troubles;
		};
		return { at, troubles };
	}

	it('is told since it began, however the outage shows itself', () => {
		const { at, troubles } = make();
		at(5).failed('target', { kind: 'problem', problem: 'http-unreachable', detail: 'ENOTFOUND' }, 100);
		at(50).failed('target', { kind: 'problem', problem: 'http-timeout' }, 1000);
		expect(
			troubles.current().map(({ kind, since, nextTry, sentence }) => [kind, since, nextTry, sentence]),
		).to.deep.equal([['cloud-away', 5, 1050, 'the target cannot be fetched: the cloud did not answer in time']]);
		at(60).failed('target', { kind: 'problem', problem: 'unauthorized', status: 401 });
		expect(troubles.current()[0]).to.include({ kind: 'cloud-refuses', since: 60, nextTry: undefined });
	});

	it('is of each call by itself, and ends with its success', () => {
		const { at, troubles } = make();
		at(1).failed('target', { kind: 'problem', problem: 'http-timeout' });
		at(2).failed('report', { kind: 'problem', problem: 'http-timeout' });
		at(3).judgedTarget(['apps: expected an object']);
		at(4).succeeded('target');
		expect(troubles.current().map(({ kind, since }) => [kind, since])).to.deep.equal([
			['cloud-away', 2],
			['target-unusable', 3],
		]);
		at(5).judgedTarget([]);
		at(5).succeeded('report');
		expect(troubles.current()).to.deep.equal([]);
	});

	it('is the same object until something changes, and its listeners hear of it', () => {
		const { at, troubles } = make();
		const heard = Sinon.stub<[]>();
		troubles.onChange(heard);
		const none = troubles.current();
		at(1).succeeded('report');
		at(1).judgedTarget([]);
		at(1).refusedParts([]);
		expect(troubles.current()).to.equal(none);
		expect(heard.callCount).to.equal(0);
		at(2).refusedParts(['cpu_id']);
		expect(troubles.current()).not.to.equal(none);
		expect(heard.callCount).to.equal(1);
	});
});
