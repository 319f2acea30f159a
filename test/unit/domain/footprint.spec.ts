import { expect } from 'chai';
import { conflicts } from '../../../src/domain/footprint.ts';

describe('footprints', () => {
	const writes = (...paths: string[]) => ({ writes: paths, reads: [] });
	const reads = (...paths: string[]) => ({ writes: [], reads: paths });

	it('conflict when one writes what the other reads or writes', () => {
		expect(conflicts(writes('app/1/service/web'), writes('app/1/service/web'))).to.equal(true);
		expect(conflicts(writes('image/a'), reads('image/a'))).to.equal(true);
		expect(conflicts(reads('image/a'), writes('image/a'))).to.equal(true);
		expect(conflicts(reads('image/a'), reads('image/a'))).to.equal(false);
	});

	it('cover all that lies below a path, and nothing beside it', () => {
		expect(conflicts(writes('app/1'), writes('app/1/service/web'))).to.equal(true);
		expect(conflicts(writes('app/1/service/web'), reads('app/1'))).to.equal(true);
		expect(conflicts(writes('app/1'), writes('app/10'))).to.equal(false);
	});
});
