import { expect } from 'chai';
import { YoungImages } from '../../../../src/application-manager/observe/young-images.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const layer = (id: string) => ({ id, tags: [], digests: [] });

describe('images without a name', () => {
	it('count as in the making for ten minutes after they were first seen so', async () => {
		const clock = new VirtualClock();
		const young = new YoungImages(clock);
		const named = { id: 'named', tags: ['built:latest'], digests: [] };
		expect(young.look([layer('one'), named])).to.deep.equal(['one']);
		await clock.advance(5 * 60_000);
		expect(young.look([layer('one'), layer('two'), named])).to.deep.equal(['one', 'two']);
		await clock.advance(5 * 60_000);
		expect(young.look([layer('one'), layer('two'), named])).to.deep.equal(['two']);
	});

	it('count anew when they have lost a name', async () => {
		const clock = new VirtualClock();
		const young = new YoungImages(clock);
		young.look([layer('one')]);
		await clock.advance(20 * 60_000);
		young.look([{ ...layer('one'), tags: ['built:latest'] }]);
		expect(young.look([layer('one')])).to.deep.equal(['one']);
	});
});
