import { expect } from 'chai';
import { SystemClock } from '../../../../src/adapters/system/index.ts';

describe('the clock of the machine', () => {
	it('does not wait for a time that has passed, without a warning of the process', async () => {
		const warnings: Error[] = [];
		const note = (warning: Error) => warnings.push(warning);
		process.on('warning', note);
		await new SystemClock().sleep(-20, new AbortController().signal);
		await new Promise(setImmediate); // warnings come a turn later
		process.off('warning', note);
		expect(warnings).to.deep.equal([]);
	});
});
