import { expect } from 'chai';
import { backoffMs } from '../../../src/lib/backoff.ts';

describe('backoff', () => {
	const backoff = { firstMs: 1000, maxMs: 10_000 };

	it('doubles from the first delay up to the ceiling', () => {
		const delays = [1, 2, 3, 4, 5, 1000].map((failures) => backoffMs(backoff, failures, () => 0));
		expect(delays).to.deep.equal([1000, 2000, 4000, 8000, 10_000, 10_000]);
	});

	it('makes the given part of the delay random', () => {
		const delay = (random: number) => backoffMs({ ...backoff, jitter: 0.5 }, 2, () => random);
		expect([delay(0), delay(0.5), delay(1)]).to.deep.equal([1000, 1500, 2000]);
	});
});
