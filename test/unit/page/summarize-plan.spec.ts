import { expect } from 'chai';
import type { Plan } from '../../../src/page/answers.ts';
import { summarizePlan } from '../../../src/page/summarize-plan.ts';

const NOTHING: Plan = {
	...{ steps: [], restarts: [], stops: [], downloads: [], refused: [], ignored: [], settled: true },
	removes: { volumes: [], networks: [] },
	needs: { locks: [], reboot: false },
};

describe('the summary of a plan', () => {
	it('says that there is nothing to do', () => {
		expect(summarizePlan(NOTHING)).to.deep.equal(['There is nothing to do.']);
	});

	it('names what stops, what is lost and what is refused', () => {
		const step = { order: 1, kind: 'reboot', subject: 'device', reason: 'asked', disruptive: true };
		const web = { app: 'u1', service: 'web' };
		const plan: Plan = {
			...{ steps: [step], restarts: [web, web], stops: [{ app: 'u1', service: 'db' }], downloads: [{ image: 'img' }] },
			removes: { volumes: ['data'], networks: ['net'] },
			needs: { locks: [web], reboot: true },
			refused: [{ path: 'apps.u1', message: 'is no app' }],
			ignored: [{ path: 'config.X', message: 'is not known' }],
			settled: false,
		};
		expect(summarizePlan(plan)).to.deep.equal([
			'Restarts: web.',
			'Stops: db.',
			'Removes volumes, with their data: data.',
			'Removes networks: net.',
			'Downloads: img.',
			'Takes the update locks of: web.',
			'Reboots the device.',
			'Refused: apps.u1 is no app',
			'Ignored: config.X is not known',
			'Even then the device is not on target.',
		]);
	});
});
