import { expect } from 'chai';
import { shareFiles } from './shared-files.ts';

const SECONDS = Number(process.env['SHARED_FILES_SECONDS'] ?? 20);

describe('config.json and config.txt, which another program edits while the supervisor does', function () {
	this.timeout((SECONDS + 120) * 1000);

	it('lose nothing of either (decision D15)', async () => {
		const { problems, edits, hostnames, targets, startedOver } = await shareFiles({
			seconds: SECONDS,
			seed: Date.now(),
		});
		expect(problems).to.deep.equal([]);
		expect(edits.configJson).to.be.above(SECONDS);
		expect(edits.configTxt).to.be.above(SECONDS);
		expect(hostnames).to.be.above(SECONDS / 4);
		expect(targets).to.be.above(SECONDS / 4);
		expect(startedOver).to.be.below(edits.configJson);
	});
});
