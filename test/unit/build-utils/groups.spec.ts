import { expect } from 'chai';
import { countTests, GROUP_NAMES, halvesOf, inRows, lanesOf, outcomeOf } from '../../../build-utils/groups.ts';

const of = (name: string, code: number, output: string) => outcomeOf({ name, code, ...countTests(output) });

describe('a group of tests', () => {
	it('has passed when its tests have, and not when they were interrupted', () => {
		expect(of('system', 0, '  ...\n\n  3 passing (1s)\n')).to.equal('passed');
		expect(of('system', 1, '  3 passing (1s)\n  1 failing\n')).to.equal('failed');
		expect(of('system', 0, '  ..!!!')).to.equal('failed');
		expect(of('build', 0, 'dist/app.js: 1219 KB')).to.equal('passed');
		expect(of('build', 1, '')).to.equal('failed');
	});

	it('is run in two halves that have each spec once, in the same order', () => {
		expect(halvesOf(['a', 'b', 'c'])).to.deep.equal([['a', 'c'], ['b']]);
		expect(halvesOf(['a'])).to.deep.equal([['a'], []]);
	});

	it('are in two lanes, a long spec before a short one', () => {
		const specs = ['a', 'b', 'c', 'd', 'e'].map((name) => `x/${name}.spec.ts`);
		expect(lanesOf(specs, ['e', 'd', 'c', 'b'])).to.deep.equal([
			['x/e.spec.ts', 'x/b.spec.ts', 'x/a.spec.ts'],
			['x/d.spec.ts', 'x/c.spec.ts'],
		]);
	});

	it('runs beside those of its row that are wanted too, and no others', () => {
		expect(inRows(GROUP_NAMES)).to.deep.equal([
			['build'],
			['other-node', 'model'],
			['short'],
			['engine'],
			['device', 'os'],
			['system'],
		]);
		expect(inRows(['system', 'os', 'build'])).to.deep.equal([['build'], ['os'], ['system']]);
	});
});
