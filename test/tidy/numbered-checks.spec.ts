import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { listFiles, PROJECT } from './sources.ts';

/** Of the specification's chapter on planning (section 19): each is shown by some test, which bears its number. */
const PLANNER_CHECKS = 65;

describe('the numbered checks of planning', () => {
	it('are each in the name of a test', () => {
		const text = listFiles('test')
			.filter((path) => path.endsWith('.spec.ts') || path.startsWith('test/golden/'))
			.map((path) => readFileSync(join(PROJECT, path), 'utf8'))
			.join('\n');
		const carried = new Set(
			[...text.matchAll(/'planner (#\d+(?:,? #\d+)*)/g)].flatMap(([, numbers = '']) => numbers.match(/\d+/g) ?? []),
		);
		const all = Array.from({ length: PLANNER_CHECKS }, (_, index) => String(index + 1));
		expect(all.filter((number) => !carried.has(number))).to.deep.equal([]);
	});
});
