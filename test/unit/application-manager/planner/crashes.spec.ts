import { expect } from 'chai';
import { describeCrash } from '../../../../src/application-manager/planner/crashes.ts';
import type { ContainerView } from '../../../../src/domain/service.ts';

const isCrash = (exitCode: number, stateError = '') =>
	describeCrash({ runState: 'exited', exitCode, stateError } as unknown as ContainerView) !== undefined;

describe('a container that has ended', () => {
	it('has crashed if it failed by itself', () => {
		expect(isCrash(1)).to.equal(true);
		expect(isCrash(0, 'no such device')).to.equal(true);
	});

	it('has not if it ended well, was ended, or was started before the one whose namespace it shares', () => {
		expect(isCrash(0)).to.equal(false);
		expect(isCrash(137)).to.equal(false);
		expect(isCrash(143)).to.equal(false);
		expect(isCrash(128, 'cannot join network of a non running container: 0a1b')).to.equal(false);
	});
});
