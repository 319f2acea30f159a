import Sinon from 'sinon';
import { SystemClock } from '../../../../src/adapters/system/index.ts';

describe('the clock of the machine', () => {
	it('does not wait for a time that has passed, without a warning of the process', async () => {
		const onWarning = Sinon.stub();
		process.on('warning', onWarning);
		await new SystemClock().sleep(-20, new AbortController().signal);
		await new Promise(setImmediate); // warnings come a turn later
		process.off('warning', onWarning);
		Sinon.assert.notCalled(onWarning);
	});
});
