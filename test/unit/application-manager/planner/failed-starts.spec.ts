import { expect } from 'chai';
import { FailedStarts } from '../../../../src/application-manager/execute/failed-starts.ts';
import { whyRemake } from '../../../../src/application-manager/planner/failed-starts.ts';
import type { ContainerView } from '../../../../src/domain/service.ts';

const neverRan = { runState: 'created' } as unknown as ContainerView;
const ran = { runState: 'exited', startedAt: '2026-01-01T00:00:00Z' } as unknown as ContainerView;

describe('a container that the engine cannot start', () => {
	const note = (starts: FailedStarts, containerId: string, options: { hasRemains?: boolean } = {}) => {
		starts.note({
			containerId,
			service: '1/web',
			error: 'task already exists',
			hasRemains: options.hasRemains ?? false,
		});
	};
	/** After how many failures it is made anew. */
	const triesOf = (
		starts: FailedStarts,
		containerId: string,
		options: { hasRemains?: boolean; view?: ContainerView } = {},
	) => {
		for (let tries = 1; tries <= 50; tries++) {
			note(starts, containerId, options);
			if (whyRemake(starts.list().get(containerId), options.view ?? neverRan) !== undefined) {
				return tries;
			}
		}
		return undefined;
	};

	it('is made anew after three tries if it never ran, and after two if remains are in its way', () => {
		expect(triesOf(new FailedStarts(), 'c1')).to.equal(3);
		expect(triesOf(new FailedStarts(), 'c1', { hasRemains: true })).to.equal(2);
		expect(triesOf(new FailedStarts(), 'c1', { hasRemains: true, view: ran })).to.equal(2);
	});

	it('keeps what it has written if it ran before', () => {
		expect(triesOf(new FailedStarts(), 'c1', { view: ran })).to.equal(undefined);
	});

	it('gets twice the tries of the one before it, until one starts', () => {
		const starts = new FailedStarts();
		expect([triesOf(starts, 'c1'), triesOf(starts, 'c2'), triesOf(starts, 'c3')]).to.deep.equal([3, 6, 12]);
		starts.started({ containerId: 'c4', service: '1/web' }); // which never failed
		expect(triesOf(starts, 'c5')).to.equal(3);
	});

	it('meets no remains of the one before it', () => {
		const starts = new FailedStarts();
		for (const id of ['c1', 'c2', 'c3']) {
			expect(triesOf(starts, id, { hasRemains: true })).to.equal(2);
		}
	});

	it('is forgotten when it is gone, and how many fared like it is not', () => {
		const starts = new FailedStarts();
		triesOf(starts, 'c1');
		starts.keep(() => false);
		expect(starts.list().size).to.equal(0);
		expect(triesOf(starts, 'c2')).to.equal(6);
	});
});
