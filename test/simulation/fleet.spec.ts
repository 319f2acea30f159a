import { expect } from 'chai';
import { runFleet } from './fleet/run-fleet.ts';

/** A thousand take a minute. */
const DEVICES = Number(process.env['FLEET_DEVICES'] ?? 60);
const SEED = Number(process.env['FLEET_SEED'] ?? 1);

describe(`a fleet of ${DEVICES} devices, seed ${SEED}`, function () {
	this.timeout(300_000);

	for (const outage of process.env['FLEET_DEVICES'] === undefined
		? (['errors'] as const)
		: (['unreachable', 'errors'] as const)) {
		it(`does not overrun its cloud after an hour without it (${outage}), and then reports all changes`, async () => {
			const rates = await runFleet({ devices: DEVICES, seed: SEED, outage });
			const shown = Object.entries<number>({ ...rates }).map(([name, value]) => `${name} ${Number(value.toFixed(3))}`);
			console.log(`    fleet, requests a second: ${shown.join(', ')}`);
			expect(rates.recoveryMax).to.be.lessThan(2 * rates.steadyMean);
			// The first pauses are as short as clients know them; it is the length of the row that is bounded.
			expect(rates.outageMax).to.be.lessThan(5 * rates.steadyMean);
			expect(rates.reported).to.equal(rates.changed);
			expect(rates.reportMaxS).to.be.at.most(10);
		});
	}
});
