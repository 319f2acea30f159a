import { expect } from 'chai';
import { propose } from '../../../src/application-manager/index.ts';
import { afterPlan, afterStep, initialHistory } from '../../../src/device-state/plan-history.ts';
import type { Plan, WaitReason } from '../../../src/domain/plan.ts';

const { step } = propose({ kind: 'setVpn', enabled: true, quiet: false }, { reason: '', writes: [] });

function planWith(...reasons: readonly WaitReason[]): Plan {
	return { start: [], waiting: reasons.map((because) => ({ step, because })), wakeAt: undefined };
}
const settled = planWith();
const postponed = planWith({ kind: 'postponed', until: 1 });
const busy = planWith({ kind: 'taking-locks', appId: 1 });

describe('what the loop remembers of earlier passes', () => {
	const changed = afterStep({ hasSettled: true }, step.step, 5);

	it('begins with a device that has not settled', () => {
		expect(initialHistory).to.deep.equal({ hasSettled: false });
		expect(afterPlan(initialHistory, busy)).to.deep.equal({ hasSettled: false });
		expect(afterPlan(initialHistory, { ...settled, start: [step] })).to.deep.equal({ hasSettled: false });
	});

	it('settles with a plan in which nothing is left, or only what is postponed', () => {
		expect(afterPlan(initialHistory, settled)).to.deep.equal({ hasSettled: true });
		expect(afterPlan(initialHistory, postponed)).to.deep.equal({ hasSettled: true });
		expect(afterPlan({ hasSettled: true }, busy)).to.deep.equal({ hasSettled: true });
	});

	it('keeps when the VPN was switched', () => {
		expect(changed).to.deep.equal({ hasSettled: true, vpnChangedAt: 5 });
		expect(afterStep(changed, { kind: 'leaveLocalMode' }, 9)).to.equal(changed);
		expect(afterStep(changed, step.step, 9)).to.deep.equal({ hasSettled: true, vpnChangedAt: 9 });
	});

	it('forgets when the VPN was switched as soon as nothing is left, and no sooner', () => {
		expect(afterPlan(changed, busy)).to.deep.equal(changed);
		expect(afterPlan(changed, postponed)).to.deep.equal(changed);
		expect(afterPlan(changed, settled)).to.deep.equal({ hasSettled: true });
	});
});
