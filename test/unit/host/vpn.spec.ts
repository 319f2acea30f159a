import { expect } from 'chai';
import { Vpn } from '../../../src/host/index.ts';
import type { Plan, WaitReason } from '../../../src/domain/plan.ts';
import { propose } from '../../../src/application-manager/index.ts';
import { recordingLog } from '../../support/logs.ts';
import { MemoryUnits } from '../../support/memory-boot.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { rejectionOf } from '../adapters/sqlite/raw-database.ts';

const UNIT = 'openvpn.service';
const OFF = { RESIN_SUPERVISOR_VPN_CONTROL: 'false' };
const HOUR_MS = 3_600_000;

function planWith(...reasons: readonly WaitReason[]): Plan {
	const { step } = propose({ kind: 'setVpn', enabled: true }, { reason: '', writes: [] });
	return { start: [], waiting: reasons.map((because) => ({ step, because })), wakeAt: undefined };
}
const settled = planWith();
const postponed = planWith({ kind: 'postponed', until: 1 });
const busy = planWith({ kind: 'lock', appId: 1 });

describe('the VPN', () => {
	function make(options: { readonly isManaged?: boolean; readonly isFirst?: boolean } = {}) {
		const clock = new VirtualClock();
		const units = new MemoryUnits();
		const { log, lines } = recordingLog();
		const told: string[] = [];
		const counts = { changed: 0 };
		const vpn = new Vpn({
			units,
			isManaged: () => Promise.resolve(options.isManaged ?? true),
			clock,
			log,
			systemLog: { write: (line) => told.push(line) },
			changed: () => {
				counts.changed += 1;
			},
		});
		units.states.set(UNIT, 'active');
		if (options.isFirst !== true) {
			vpn.planned(settled);
		}
		return { clock, units, lines, told, counts, vpn };
	}

	for (const [state, isOn] of [
		['failed', true],
		['active', true],
		['activating', true],
		['inactive', false],
		['deactivating', false],
		[undefined, false],
	] as const) {
		it(`host #28: ${state ?? 'not loaded'} means ${isOn ? 'on' : 'off'}`, async () => {
			const { units, vpn } = make();
			units.states.clear();
			if (state !== undefined) {
				units.states.set(UNIT, state);
			}
			expect(await vpn.changes({})).to.deep.equal(isOn ? {} : { vpn: { enabled: true } });
			expect(await vpn.changes(OFF)).to.deep.equal(isOn ? { vpn: { enabled: false } } : {});
		});
	}

	it('config #30: is left alone on a device without a cloud', async () => {
		const { units, vpn } = make({ isManaged: false });
		expect(await vpn.changes(OFF)).to.deep.equal({});
		expect(units.reads).to.equal(0);
	});

	it('is left alone without a bus, which is told once and asked once', async () => {
		const { units, lines, vpn } = make();
		units.isAway = true;
		for (let pass = 0; pass < 5; pass++) {
			expect(await vpn.changes(OFF)).to.deep.equal({});
		}
		expect(units.reads).to.equal(1);
		vpn.refresh();
		await vpn.changes(OFF);
		expect(units.reads).to.equal(2);
		expect(lines.map(({ message }) => message)).to.deep.equal(['state of the VPN not known, it is left as it is']);
		units.isAway = false;
		vpn.refresh();
		expect(await vpn.changes(OFF)).to.deep.equal({ vpn: { enabled: false } });
	});

	it('is read once until something may have changed', async () => {
		const { units, vpn } = make();
		await vpn.changes({});
		await vpn.changes({});
		expect(units.reads).to.equal(1);
	});

	it('config #29: changes once an hour, counted from the attempt and not from the last look', async () => {
		const { clock, units, vpn } = make();
		await vpn.apply(false);
		expect(await vpn.changes(OFF)).to.deep.equal({});
		expect(await vpn.changes({})).to.deep.equal({ vpn: { enabled: true, notBefore: HOUR_MS } });
		await clock.advance(HOUR_MS / 2);
		vpn.planned(busy);
		vpn.planned(postponed);
		expect(await vpn.changes({})).to.deep.equal({ vpn: { enabled: true, notBefore: HOUR_MS } });
		await clock.advance(HOUR_MS / 2);
		expect(await vpn.changes({})).to.deep.equal({ vpn: { enabled: true } });
		expect(units.calls).to.deep.equal([`stop ${UNIT}`]);
	});

	it('config #29: changes at once when the target was reached in between', async () => {
		const { vpn } = make();
		await vpn.apply(false);
		vpn.planned(settled);
		expect(await vpn.changes({})).to.deep.equal({ vpn: { enabled: true } });
	});

	it('is looked at in each pass while it is not as it was asked to be', async () => {
		const { units, vpn } = make();
		units.isStubborn = true;
		await vpn.apply(false);
		expect(await vpn.changes(OFF)).to.have.nested.property('vpn.notBefore');
		units.states.set(UNIT, 'deactivating');
		expect(await vpn.changes(OFF)).to.deep.equal({});
	});

	it('an attempt that failed counts', async () => {
		const { units, told, vpn } = make();
		units.states.clear();
		expect((await rejectionOf(vpn.apply(true))).code).to.equal('unit-missing');
		expect(await vpn.changes({})).to.deep.equal({ vpn: { enabled: true, notBefore: HOUR_MS } });
		expect(told).to.deep.equal([
			'Applying configuration change {"SUPERVISOR_VPN_CONTROL":"true"}',
			'Error applying configuration change: SystemBusError: Unit openvpn.service not loaded.',
		]);
	});

	it('tells its user before and after', async () => {
		const { told, vpn } = make();
		await vpn.apply(false);
		expect(told).to.deep.equal([
			'Applying configuration change {"SUPERVISOR_VPN_CONTROL":"false"}',
			'Applied configuration change {"SUPERVISOR_VPN_CONTROL":"false"}',
		]);
	});

	it('is on, and is turned on without a word, until the target was reached once', async () => {
		const { units, told, counts, vpn } = make({ isFirst: true });
		expect(await vpn.changes(OFF)).to.deep.equal({});
		units.states.set(UNIT, 'inactive');
		vpn.refresh();
		expect(await vpn.changes(OFF)).to.deep.equal({ vpn: { enabled: true } });
		await vpn.apply(true);
		expect(told).to.deep.equal([]);
		vpn.planned(busy);
		expect(await vpn.changes(OFF)).to.deep.equal({});
		expect(counts.changed).to.equal(0);
		vpn.planned(settled);
		vpn.planned(settled);
		expect(counts.changed).to.equal(1);
		expect(await vpn.changes(OFF)).to.deep.equal({ vpn: { enabled: false } });
	});
});
