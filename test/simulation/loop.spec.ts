import { expect } from 'chai';
import { runSeed } from './run-seed.ts';

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 30);
const FROM = Number(process.env['SIMULATION_FROM'] ?? 1);

describe(`simulation of the loop, ${SEEDS} seeds from ${FROM}`, function () {
	this.timeout(300_000);

	it('reaches every target through faults, outside changes and crashes, and then is idle', async () => {
		const failed: string[] = [];
		for (let seed = FROM; seed < FROM + SEEDS; seed++) {
			const { faults } = await runSeed(seed);
			if (faults.length > 0) {
				failed.push(`seed ${seed}:\n  ${faults.slice(0, 5).join('\n  ')}`);
			}
		}
		expect(failed.join('\n')).to.equal('');
	});
});
