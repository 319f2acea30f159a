import { expect } from 'chai';
import { proposeDueReboot } from '../../../src/device-state/planner/device-steps.ts';
import { containerCause } from '../../../src/domain/reboot.ts';
import { emptyState } from '../../support/empty-state.ts';

describe('a reboot that is due', () => {
	const ofTarget = { scope: 'target 1', what: 'HOST_CONFIG_gpu_mem=64 (config.txt)' };
	const ofEarlier = { scope: 'target 0', what: 'HOST_CONFIG_gpu_mem=16 (config.txt)' };
	const ofContainer = containerCause('c', 'web');

	it('is charged to what the present target asks for, and to containers that wait for it', () => {
		const due = [ofEarlier, ofTarget, ofContainer];
		const { host } = emptyState;
		const current = { ...emptyState, host: { ...host, reboot: 'required', reboots: { due, records: [] } } } as const;
		const [proposal] = proposeDueReboot(current, { force: false, scope: ofTarget.scope });
		expect(proposal?.step.step).to.have.property('countedFor').that.deep.equals([ofTarget, ofContainer]);
	});
});
