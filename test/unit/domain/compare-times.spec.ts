import { expect } from 'chai';
import { compareTimes } from '../../../src/domain/service.ts';

describe('times of the engine', () => {
	it('are compared to the nanosecond, although the engine leaves out zeros at their end', () => {
		const ordered = [
			'2026-01-01T00:00:00Z',
			'2026-01-01T00:00:00.1Z',
			'2026-01-01T00:00:00.12Z',
			'2026-01-01T00:00:00.120000001Z',
			'2026-01-01T00:00:00.1200001Z',
			'2026-01-01T00:00:01Z',
		];
		for (const [n, time] of ordered.entries()) {
			expect(compareTimes(time, time)).to.equal(0);
			for (const later of ordered.slice(n + 1)) {
				expect(compareTimes(time, later), `${time} ${later}`).to.be.below(0);
				expect(compareTimes(later, time)).to.be.above(0);
			}
		}
	});
});
