import { rmSync, symlinkSync } from 'node:fs';
import { expect } from 'chai';
import { ensureShells } from '../../../tools/device/index.ts';
import { SHELLS, StartScene, type Disk } from './start-scene.ts';

const NO_BOOT_DEVICE =
	'ERROR: Could not determine boot device from dbus. Please launch Supervisor as a privileged container with DBus socket access.';
const NO_DISK =
	'ERROR: Could not determine boot device from lsblk. Please launch Supervisor as a privileged container.';
const missing = (name: string) =>
	`ERROR: Could not determine which partition to mount for label '(resin|balena)-${name}'. Please make sure the Supervisor is running on a balenaOS device.`;
const found = (device: string, disk: string, name: string) =>
	`INFO: Found device ${device} on current boot device ${disk}, using as mount for '(resin|balena)-${name}'.`;
const DATA = '/mnt/data/resin-data/balena-supervisor';
const BIND = `mount --bind --make-shared ${DATA} /data`;
const MACHINE_ID = '0123456789abcdef0123456789abcdef';

/** As the operating system lays out a disk: boot, two systems, state, data. */
function makeDisk(disk: string, separator = ''): readonly Disk[] {
	const part = (number: number) => `/dev/${disk}${separator}${number}`;
	return [
		[`/dev/${disk}`, 'disk', '', '', '', ''],
		[part(1), 'part', disk, 'vfat', 'resin-boot', 'resin-boot'],
		[part(2), 'part', disk, 'ext4', 'resin-rootA', 'resin-rootA'],
		[part(3), 'part', disk, 'ext4', 'resin-rootB', 'resin-rootB'],
		[part(5), 'part', disk, 'ext4', 'resin-state', 'resin-state'],
		[part(6), 'part', disk, 'ext4', 'resin-data', 'resin-data'],
	];
}

for (const shell of SHELLS) {
	describe(`the start scripts, read by ${shell}`, function () {
		this.timeout(60_000);
		let scene: StartScene;

		before(async function () {
			this.timeout(300_000);
			if (process.getuid?.() !== 0) this.skip();
			await ensureShells({ log: console.log });
		});
		beforeEach(() => (scene = new StartScene(shell)));
		afterEach(() => scene.remove());

		/** A device that starts. */
		function setUpDevice(): void {
			scene.setDisks(...makeDisk('mmcblk0', 'p'));
			scene.setMounts({ boot: '/dev/mmcblk0p1' });
		}

		it('dev-tools #10: with TEST=1 mount nothing, export the paths, and are replaced by the program', () => {
			const run = scene.start({ TEST: '1', CONFIG_MOUNT_POINT: '/boot/config.json', LISTEN_PORT: '1' });
			expect([run.status, run.stderr, run.stdout]).to.deep.equal([0, '', '']);
			expect(run.calls.filter((call) => !call.startsWith('modprobe'))).to.deep.equal([]);
			expect(run.program).to.include({
				ROOT_MOUNTPOINT: '/mnt/root',
				BOOT_MOUNTPOINT: '/mnt/boot',
				STATE_MOUNTPOINT: '/mnt/state',
				DATA_MOUNTPOINT: '/mnt/data',
				HOST_OS_VERSION_PATH: '/mnt/root/etc/os-release',
				CONFIG_MOUNT_POINT: '/mnt/boot/config.json',
				DATABASE_PATH: '/data/database.sqlite',
				DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/mnt/root/run/dbus/system_bus_socket',
				DOCKER_ROOT: '/mnt/root/var/lib/docker',
				LISTEN_PORT: '1',
				folder: '/usr/src/app',
				// Otherwise the signal to stop would reach the shell only.
				pid: String(run.pid),
			});
			expect(run.program?.['arguments']).to.match(/^(--\S+ )+\/usr\/src\/app\/dist\/app\.js$/);
		});

		it('keep the address of the bus and the folder of the engine that they are given', () => {
			const env = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/bus', DOCKER_ROOT: '/engine' };
			expect(scene.start({ TEST: '1', ...env }).program).to.include(env);
			expect(scene.what('var/lib/docker')).to.equal('-> /engine');
		});

		it('run the sources for live push', () => {
			expect(scene.start({ TEST: '1', LIVEPUSH: '1' }).program?.['arguments']).to.equal(
				'--watch-path=src --watch-path=typings --import tsx src/app.ts',
			);
		});

		it('dev-tools #11: end with the reason where there is no bus, or no boot partition', () => {
			for (const prepare of [() => undefined, () => scene.setMounts({}), () => scene.setMounts({ boot: 'tmpfs' })]) {
				prepare();
				const { status, stderr, program } = scene.start();
				expect({ status, stderr, program }).to.deep.equal({ status: 1, stderr: NO_BOOT_DEVICE, program: undefined });
			}
		});

		it('end with the reason where the boot partition is on no disk', () => {
			scene.setMounts({ boot: '/dev/sda1' });
			for (const disks of [[['/dev/sda1', 'part', '', 'vfat', 'resin-boot', '']], []] satisfies Disk[][]) {
				scene.setDisks(...disks);
				const { status, stderr, program } = scene.start();
				expect(stderr.split('\n').at(-1)).to.equal(NO_DISK);
				expect([status, program]).to.deep.equal([1, undefined]);
			}
		});

		it('dev-tools #12: take the partitions of the boot disk, not those of an installer stick', () => {
			for (const [disks, boot] of [
				[['sda', 'mmcblk0'], 'mmcblk0'],
				[['mmcblk0', 'sda'], 'mmcblk0'],
			] as const) {
				scene.setDisks(...disks.flatMap((disk) => makeDisk(disk, disk === 'sda' ? '' : 'p')));
				scene.setMounts({ boot: `/dev/${boot}p1` });
				scene.write('proc/mounts', '');
				const run = scene.start();
				expect([run.status, run.stderr]).to.deep.equal([0, '']);
				expect(run.stdout.split('\n')).to.deep.equal([
					found('/dev/mmcblk0p1', 'mmcblk0', 'boot'),
					found('/dev/mmcblk0p5', 'mmcblk0', 'state'),
					found('/dev/mmcblk0p6', 'mmcblk0', 'data'),
				]);
				expect(run.calls.filter((call) => call.startsWith('mount'))).to.deep.equal([
					'mount -t vfat /dev/mmcblk0p1 /mnt/boot',
					'mount -t ext4 /dev/mmcblk0p5 /mnt/state',
					'mount -t ext4 /dev/mmcblk0p6 /mnt/data',
					BIND,
				]);
			}
		});

		it('dev-tools #13: prefer labels of file systems to those of partitions, and know both names', () => {
			scene.setMounts({ boot: '/dev/sda1' });
			scene.setDisks(
				['/dev/sda', 'disk', '', '', '', ''],
				['/dev/sda1', 'part', 'sda', 'vfat', '', 'balena-boot'],
				['/dev/sda2', 'part', 'sda', 'ext4', 'old-resin-state', 'resin-state'],
				['/dev/sda3', 'part', 'sda', 'ext4', 'balena-state', 'other'],
				['/dev/sda4', 'part', 'sda', 'ext4', 'balena-data2', 'resin-data'],
			);
			expect(scene.start().stdout.split('\n')).to.deep.equal([
				found('/dev/sda1', 'sda', 'boot'),
				found('/dev/sda3', 'sda', 'state'),
				found('/dev/sda4', 'sda', 'data'),
			]);
		});

		it('dev-tools #14: with an encrypted boot partition find the disk by that of the firmware, and resume mappings', () => {
			for (const firmware of ['efi', 'rpi', 'imx']) {
				scene.setMounts({ boot: '/dev/mapper/luks-boot', [firmware]: '/dev/sda1' });
				scene.setDisks(
					['/dev/sda', 'disk', '', '', '', ''],
					['/dev/sda1', 'part', 'sda', 'vfat', 'balena-efi', 'balena-efi'],
					['/dev/sda2', 'part', 'sda', 'crypto_LUKS', '', 'resin-boot'],
					['/dev/mapper/luks-boot', 'crypt', 'sda2', 'ext4', 'resin-boot', ''],
					['/dev/sda5', 'part', 'sda', 'crypto_LUKS', '', 'resin-state'],
					['/dev/mapper/luks-state', 'crypt', 'sda5', 'ext4', 'resin-state', ''],
					['/dev/sda6', 'part', 'sda', 'ext4', 'resin-data', 'resin-data'],
				);
				scene.write('proc/mounts', '');
				const run = scene.start();
				expect([run.status, run.stderr]).to.deep.equal([0, '']);
				expect(run.stdout.split('\n'), firmware).to.deep.equal([
					found('/dev/mapper/luks-boot', 'sda', 'boot'),
					found('/dev/mapper/luks-state', 'sda', 'state'),
					found('/dev/sda6', 'sda', 'data'),
				]);
				expect(run.calls.filter((call) => call.startsWith('dmsetup resume'))).to.deep.equal([
					'dmsetup resume luks-boot',
					'dmsetup resume luks-boot',
					'dmsetup resume luks-state',
				]);
			}
			scene.setMounts({ boot: '/dev/mapper/luks-boot' });
			expect(scene.start().stderr).to.equal(NO_BOOT_DEVICE);
		});

		it('dev-tools #15: end with the reason where a partition is missing', () => {
			for (const name of ['boot', 'state', 'data']) {
				scene.setMounts({ boot: '/dev/sda1' });
				scene.setDisks(
					...makeDisk('sda').map(([path, type, parent, fs, label]) => {
						const kept = label === `resin-${name}` ? '' : label;
						return [path, type, parent, fs, kept, kept] as const;
					}),
				);
				const { status, stderr, program } = scene.start();
				expect({ status, stderr, program }).to.deep.equal({ status: 1, stderr: missing(name), program: undefined });
			}
		});

		it('end where a partition cannot be mounted', () => {
			setUpDevice();
			scene.write('mount-fails', '');
			const { status, program } = scene.start();
			expect(status).to.not.equal(0);
			expect(program).to.equal(undefined);
		});

		it('dev-tools #16: bind the folder of the data unless the database is there', () => {
			setUpDevice();
			expect(scene.start().calls).to.include(BIND);
			expect(scene.what(DATA)).to.equal('folder');
			scene.write('proc/mounts', '');
			scene.write('data/database.sqlite', '');
			expect(scene.start().calls).to.not.include(BIND);
		});

		it('dev-tools #17: share the lock folder of an old system, make the usual one otherwise, and repeat', () => {
			const [usual, old] = ['mnt/root/tmp/balena-supervisor', 'mnt/root/tmp/resin-supervisor'] as const;
			const cases = [
				{ existing: [], expected: 'folder' },
				{ existing: [usual], expected: 'folder' },
				{ existing: [old], expected: '-> ./resin-supervisor' },
				{ existing: [old, usual], expected: 'folder' },
			];
			for (const { existing, expected } of cases) {
				const one = new StartScene(shell);
				try {
					for (const folder of existing) one.write(`${folder}/file`, '');
					for (let count = 0; count < 2; count += 1) {
						expect(one.start({ TEST: '1' }).status).to.equal(0);
						expect(one.what(usual), existing.join()).to.equal(expected);
						expect(one.what(`${usual}/resin-supervisor`)).to.equal(undefined);
					}
				} finally {
					one.remove();
				}
			}
		});

		it('replace a link to a lock folder that is gone', () => {
			const usual = 'mnt/root/tmp/balena-supervisor';
			for (const [existing, expected] of [
				['', 'folder'],
				['mnt/root/tmp/resin-supervisor/file', '-> ./resin-supervisor'],
			] as const) {
				if (existing !== '') scene.write(existing, '');
				rmSync(scene.at(usual), { recursive: true, force: true });
				symlinkSync('./gone', scene.at(usual));
				expect(scene.start({ TEST: '1' }).status).to.equal(0);
				expect(scene.what(usual)).to.equal(expected);
			}
		});

		it('dev-tools #18: install a certificate once', () => {
			const [certificate, copy] = [
				'etc/ssl/certs/balenaRootCA.pem',
				'usr/local/share/ca-certificates/balenaRootCA.crt',
			] as const;
			const text = '-----BEGIN CERTIFICATE-----\nMIIB\\n+/=\n-----END CERTIFICATE-----';
			expect(scene.start({ TEST: '1', BALENA_ROOT_CA: '' }).calls).to.not.include('update-ca-certificates');
			expect(scene.what(certificate)).to.equal(undefined);
			expect(scene.start({ TEST: '1', BALENA_ROOT_CA: text }).calls).to.include('update-ca-certificates');
			for (const path of [certificate, copy]) expect(scene.read(path)).to.equal(`${text}\n`);
			expect(scene.start({ TEST: '1', BALENA_ROOT_CA: 'new' }).calls).to.not.include('update-ca-certificates');
			for (const path of [certificate, copy]) expect(scene.read(path)).to.equal(`${text}\n`);
		});

		it('dev-tools #19: link the journal of this machine, the kept one if there is one', () => {
			const [volatile, kept] = ['/mnt/root/run/log/journal', '/mnt/root/var/log/journal'] as const;
			const make = (journal: string) => scene.write(`${journal}/${MACHINE_ID}/system.journal`, '');
			const linked = () => {
				expect(scene.start({ TEST: '1' }).status).to.equal(0);
				return scene.what('run/log/journal');
			};
			expect(linked(), 'without a machine id').to.equal(undefined);
			scene.write('mnt/state/machine-id', `${MACHINE_ID}\n`);
			expect(linked(), 'none').to.equal(undefined);
			expect(scene.what('etc/machine-id')).to.equal('-> /mnt/root/etc/machine-id');
			scene.write(`${kept}/ffffffffffffffffffffffffffffffff/system.journal`, '');
			expect(linked(), 'of another machine').to.equal(undefined);
			make(volatile);
			expect(linked(), 'in memory').to.equal(`-> ${volatile}`);
			make(kept);
			for (const when of ['both', 'again']) expect(linked(), when).to.equal(`-> ${kept}`);
		});

		it('dev-tools #19: leave a real journal folder as it is', () => {
			scene.write('mnt/state/machine-id', `${MACHINE_ID}\n`);
			scene.write(`mnt/root/var/log/journal/${MACHINE_ID}/system.journal`, '');
			scene.write('run/log/journal/file', 'own');
			expect(scene.start({ TEST: '1' }).status).to.equal(0);
			expect(scene.what('run/log/journal')).to.equal('folder');
			expect(scene.read('run/log/journal/file')).to.equal('own');
			expect(scene.what('etc/machine-id')).to.equal(undefined);
		});

		it('dev-tools #20: start also where modprobe fails', () => {
			scene.write('modprobe-status', '1');
			const run = scene.start({ TEST: '1' });
			expect([run.status, run.program?.['pid']]).to.deep.equal([0, String(run.pid)]);
			expect(scene.what('lib/modules')).to.equal('-> /mnt/root/lib/modules');
			// The shell of busybox runs its own, which fails by itself.
			if (shell === 'dash') expect(run.calls).to.deep.equal(['modprobe ip6_tables']);
		});

		it('dev-tools #22: change nothing when the container is started again', () => {
			setUpDevice();
			scene.write('mnt/state/machine-id', `${MACHINE_ID}\n`);
			scene.write(`mnt/root/var/log/journal/${MACHINE_ID}/system.journal`, '');
			scene.write('mnt/root/tmp/resin-supervisor/file', '');
			const env = { BALENA_ROOT_CA: 'certificate' };
			expect(scene.start(env).status).to.equal(0);
			scene.write('data/database.sqlite', ''); // the program has made it where the folder is bound
			const before = scene.list();
			const again = scene.start(env);
			expect([again.status, again.stderr]).to.deep.equal([0, '']);
			expect(scene.list()).to.deep.equal(before);
			expect(again.calls.filter((call) => call.startsWith('mount'))).to.deep.equal([]);
		});

		it('dev-tools #22: mount again what the restart of the container has unmounted', () => {
			setUpDevice();
			const first = scene.start();
			scene.write('proc/mounts', '/dev/sdx1 /mnt/boot vfat rw 0 0\n');
			expect(scene.start().calls).to.deep.equal(first.calls);
		});
	});
}
