import { expect } from 'chai';
import { Vpn } from '../../../src/host/index.ts';
import { MemoryUnits } from '../../support/memory-boot.ts';
import { rejectionOf } from '../adapters/sqlite/raw-database.ts';

const UNIT = 'openvpn.service';

describe('the VPN', () => {
	function make(state = 'active') {
		const units = new MemoryUnits();
		units.states.set(UNIT, state);
		return { units, vpn: new Vpn({ units }) };
	}

	for (const [state, expected] of [
		['failed', 'on'],
		['active', 'on'],
		['activating', 'on'],
		['inactive', 'off'],
		['deactivating', 'off'],
	] as const) {
		it(`host #28: a unit that is ${state} counts as ${expected}`, async () => {
			expect(await make(state).vpn.observe()).to.deep.equal({ state: expected });
		});
	}

	it('host #28: a unit that is not loaded counts as off', async () => {
		const { units, vpn } = make();
		units.states.clear();
		expect(await vpn.observe()).to.deep.equal({ state: 'off' });
	});

	it('is unknown without a bus, which is asked again only after a refresh', async () => {
		const { units, vpn } = make();
		units.isAway = true;
		for (let pass = 0; pass < 5; pass++) {
			expect(await vpn.observe()).to.deep.equal({ state: 'unknown', error: 'no connection to the system bus' });
		}
		expect(units.reads).to.equal(1);
		expect(await vpn.isEnabled()).to.equal(false);
		units.isAway = false;
		vpn.refresh();
		expect(await vpn.observe()).to.deep.equal({ state: 'on' });
	});

	it('is read once until it may have changed', async () => {
		const { units, vpn } = make();
		await vpn.observe();
		await vpn.observe();
		expect(units.reads).to.equal(1);
		await vpn.set(false);
		expect(await vpn.observe()).to.deep.equal({ state: 'off' });
		await vpn.observe();
		expect(units.reads).to.equal(2);
		expect(units.calls).to.deep.equal([`stop ${UNIT}`]);
	});

	it('is read in each pass until it is as it was switched', async () => {
		const { units, vpn } = make();
		units.isStubborn = true;
		await vpn.set(false);
		expect(await vpn.observe()).to.deep.equal({ state: 'on' });
		units.states.set(UNIT, 'deactivating');
		expect(await vpn.observe()).to.deep.equal({ state: 'off' });
		units.states.set(UNIT, 'active'); // by someone else: seen at the next resync
		expect(await vpn.observe()).to.deep.equal({ state: 'off' });
		vpn.refresh();
		const { reads } = units;
		expect(await vpn.observe()).to.deep.equal({ state: 'on' });
		await vpn.observe();
		expect(units.reads).to.equal(reads + 1);
	});

	it('fails to be switched where there is no such unit', async () => {
		const { units, vpn } = make();
		units.states.clear();
		expect((await rejectionOf(vpn.set(true))).code).to.equal('unit-missing');
	});
});
