import { expect } from 'chai';
import { selectBootBackends } from '../../../../src/host/index.ts';

function namesFor(deviceType: string, hasExtraUEnv: boolean, metaRelease: string | undefined = '6.5.4') {
	return selectBootBackends({ deviceType, hasExtraUEnv, metaRelease }).join(' ');
}

describe('backends of a device', () => {
	for (const [deviceType, withFile, withoutFile] of [
		['jetson-nano', 'extra_uEnv splash', 'splash'],
		['jetson-nano-emmc', 'extra_uEnv splash', 'splash'],
		['jetson-nano-2gb-devkit', 'extra_uEnv splash', 'splash'],
		['jetson-tx2', 'extra_uEnv odmdata splash', 'odmdata splash'],
		['photon-tx2-nx', 'extra_uEnv splash', 'splash'],
		['jetson-agx-orin-devkit', 'extra_uEnv splash power-fan', 'splash power-fan'],
		['jetson-orin-nx-xavier-nx-devkit', 'extra_uEnv splash power-fan', 'splash power-fan'],
		['cti-orin-nx-custom-carrier', 'extra_uEnv splash power-fan', 'splash power-fan'],
		['jetson-orin-nano-devkit-nvme', 'extra_uEnv splash power-fan', 'splash power-fan'],
		['imx8mm-var-dart-nrt', 'extra_uEnv splash', 'splash'],
		['imx8m-var-dart', 'extra_uEnv splash', 'splash'],
		['imx8mm-var-som', 'extra_uEnv splash', 'splash'],
		['iot-gate-imx8plus', 'extra_uEnv splash', 'splash'],
		['iot-gate-imx8plus-d1d8', 'extra_uEnv splash', 'splash'],
		['nano-board', 'splash', 'splash'],
		['jetson-nano-2gb-devkit-emmc', 'splash', 'splash'],
		['tx2-tx2-device', 'splash', 'splash'],
		['jetson-agx-orin', 'splash', 'splash'],
		['jetson-orin-agx-nx-xavier-nx-devkit', 'splash power-fan', 'splash power-fan'],
		['jetson-xavier-nx-devkit', 'splash', 'splash'],
		['imx8m-var-som', 'splash', 'splash'],
		['imx6ul-var-dart', 'splash', 'splash'],
		['iot-gate-imx8plus-d1d8-sb', 'splash', 'splash'],
		['fincm3', 'config.txt splash', 'config.txt splash'],
		['revpi-connect-s', 'config.txt splash', 'config.txt splash'],
		['revpi-connect-se', 'splash', 'splash'],
		['my-raspberrypi4', 'splash', 'splash'],
		['up-board', 'config-fs splash', 'config-fs splash'],
		['up-board-2', 'splash', 'splash'],
		['unknown', 'splash', 'splash'],
	] as const) {
		it(`host #1: ${deviceType} has ${withFile}; without extra_uEnv.txt ${withoutFile}`, () => {
			expect(namesFor(deviceType, true)).to.equal(withFile);
			expect(namesFor(deviceType, false)).to.equal(withoutFile);
		});
	}

	it('host #2: a Raspberry Pi 4 has config.txt and the splash image only', () => {
		expect(namesFor('raspberrypi4-64', true)).to.equal('config.txt splash');
	});

	for (const [metaRelease, isOld] of [
		['2.45.0', true],
		['2.46.9+rev3', true],
		['2.9.0', true],
		['2.47.0-rc1', true],
		['2.47.0', false],
		['2.47.0+rev1', false],
		['2.100.0', false],
		['10.0.0', false],
		['not a version', false],
		['', false],
		[undefined, false],
	] as const) {
		it(`a Jetson with release ${metaRelease ?? 'unknown'} ${isOld ? 'has' : 'does not have'} extlinux.conf`, () => {
			const facts = { deviceType: 'jetson-xavier', metaRelease, hasExtraUEnv: false };
			const names = selectBootBackends(facts);
			expect(names).to.deep.equal(isOld ? ['extlinux', 'splash'] : ['splash']);
		});
	}
});
