import { expect } from 'chai';
import { POWER_FAN } from '../../../../src/host/index.ts';
import { applied, compare, valueOf } from './boot-values.ts';

const OS = {
	network: { wifi: { randomMacAddressScan: true } },
	power: { mode: 'low', extra: 1 },
	fan: { profile: 'quiet' },
};
const BOTH = { HOST_CONFIG_power_mode: 'high', HOST_CONFIG_fan_profile: 'cool' };

describe('power mode and fan profile', () => {
	it('host #16: both are set, what is not ours stays, what is not known in ours goes', () => {
		expect(applied<unknown>(POWER_FAN, OS, BOTH)).to.deep.equal({
			network: OS.network,
			power: { mode: 'high' },
			fan: { profile: 'cool' },
		});
	});

	for (const [what, target, needsReboot] of [
		['both', BOTH, true],
		['only the fan', { HOST_CONFIG_power_mode: 'low', HOST_CONFIG_fan_profile: 'cool' }, false],
		['the fan away', { HOST_CONFIG_power_mode: 'low' }, false],
		['the power mode away', { HOST_CONFIG_fan_profile: 'quiet' }, true],
	] as const) {
		it(`host #16: ${what} ${needsReboot ? 'needs' : 'does not need'} a reboot`, () => {
			const compared = valueOf(compare<unknown>(POWER_FAN, OS, target));
			expect(compared.isChanged).to.be.true;
			expect(compared.needsReboot).to.equal(needsReboot);
		});
	}

	it('without a change there is no reboot', () => {
		const target = { HOST_CONFIG_power_mode: 'low', HOST_CONFIG_fan_profile: 'quiet' };
		expect(valueOf(compare<unknown>(POWER_FAN, OS, target)).needsReboot).to.be.false;
	});

	it('an empty text is a value', () => {
		expect(applied<unknown>(POWER_FAN, undefined, { HOST_CONFIG_power_mode: '' })).to.deep.equal({
			power: { mode: '' },
		});
	});

	it('without variables nothing of ours is left', () => {
		expect(applied<unknown>(POWER_FAN, OS, {})).to.deep.equal({ network: OS.network });
		expect(applied<unknown>(POWER_FAN, undefined, {})).to.deep.equal({});
	});

	for (const os of [{ power: 'x', fan: { profile: 'cool' } }, { power: { mode: 1 } }, { fan: [] }, 'x', null, 5]) {
		it(`${JSON.stringify(os)} has no options`, () => {
			expect(valueOf(POWER_FAN.parse(os))).to.deep.equal({});
		});
	}
});
