import { expect } from 'chai';
import { describeFinding, Explorer } from './explore.ts';
import { RUNS } from './runs.ts';
import { startStates } from './start-states.ts';

/** In how many places at once the beginnings differ from a base, and one of how many of them is taken. */
const PLACES = Number(process.env['MODEL_PLACES'] ?? 1);
/** From this share on every run is explored. */
const THOROUGH_SHARE = 50;
const SHARE = Number(process.env['MODEL_SHARE'] ?? 400);

describe(`model of one app, 1 of ${SHARE} beginnings that differ in ${PLACES} places`, function () {
	this.timeout(3_600_000);
	const sums = { states: 0, transitions: 0 };
	after(() => {
		console.log(`    model: ${sums.states} states, ${sums.transitions} transitions`);
	});

	for (const [offset, run] of RUNS.entries()) {
		if (run.isThorough === true && SHARE > THOROUGH_SHARE) continue;
		it(`${run.name}: every state leads to the target, and no step breaks a rule`, () => {
			const starts = startStates(run, { places: PLACES, share: SHARE, offset });
			const { states, transitions, findings } = new Explorer(run, { inFlightShare: SHARE }).explore(starts);
			sums.states += states;
			sums.transitions += transitions;
			if (process.env['MODEL_VERBOSE'] === '1') {
				console.log(`    ${run.name}: ${states} states`);
			}
			expect(findings.map(describeFinding).join('\n\n')).to.equal('');
		});
	}
});
