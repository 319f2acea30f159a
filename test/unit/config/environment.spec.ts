import { expect } from 'chai';
import { readEnvironment, reportedVersion } from '../../../src/config/index.ts';

describe('environment', () => {
	it('has a default for everything', () => {
		expect(readEnvironment({})).to.deep.equal({
			rootPath: '/mnt/root',
			bootPath: '/mnt/boot',
			statePath: '/mnt/state',
			dataPath: '/mnt/data',
			configJsonPath: '/mnt/boot/config.json',
			osReleasePath: '/mnt/root/etc/os-release',
			deviceTypePath: '/mnt/boot/device-type.json',
			databasePath: '/data/database.sqlite',
			vpnStatusPath: '/mnt/root/run/openvpn/vpn_status',
			dockerSocketPath: '/var/run/docker.sock',
			dockerHost: 'unix:///var/run/docker.sock',
			ownImage: 'resin/rpi-supervisor',
			ledPath: '/sys/class/leds/led0/brightness',
			keepsFirewall: false,
			opensMetrics: false,
			log: { level: 'info', time: 'auto', format: 'text', refused: [] },
			networkPath: '/sys/class/net',
			preloadPath: '/mnt/data/apps.json',
			migrationBackupPath: '/mnt/data/backup.tgz',
			targetConfigDumpPath: '/mnt/root/tmp/balena-supervisor/target-state-config',
		});
	});

	for (const value of ['', 'null', 'undefined']) {
		it(`config #1: ${JSON.stringify(value)} is no value`, () => {
			const given = { ROOT_MOUNTPOINT: value, CONFIG_MOUNT_POINT: value, SUPERVISOR_CONTAINER_ID: value };
			expect(readEnvironment(given)).to.deep.equal(readEnvironment({}));
		});
	}

	it('config #1: paths follow from the mount points, the engine from its socket', () => {
		const environment = readEnvironment({ ROOT_MOUNTPOINT: '/r', BOOT_MOUNTPOINT: '/b', DOCKER_SOCKET: '/x.sock' });
		expect(environment).to.include({
			osReleasePath: '/r/etc/os-release',
			configJsonPath: '/b/config.json',
			dockerSocketPath: '/x.sock',
			dockerHost: 'unix:///x.sock',
		});
		expect(readEnvironment({ DOCKER_HOST: 'tcp://host:2375' }).dockerHost).to.equal('tcp://host:2375');
	});

	it('config #2: something can go behind the version', () => {
		expect(reportedVersion('20.0.0', readEnvironment({ SUPERVISOR_TAG_EXTRA: 'abc' }))).to.equal('20.0.0+abc');
		expect(reportedVersion('20.0.0', readEnvironment({ SUPERVISOR_TAG_EXTRA: '' }))).to.equal('20.0.0');
		expect(reportedVersion('20.0.0', readEnvironment({}))).to.equal('20.0.0');
	});
});
