import { expect } from 'chai';
import { DeviceMetrics } from '../../../../src/api-binder/index.ts';

const FILES: Record<string, string> = {
	'/proc/stat': 'cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1 1 1 1\n',
	'/proc/meminfo':
		'MemTotal: 3937280 kB\nMemFree: 1000000 kB\nBuffers: 100 kB\nCached: 2000 kB\nSReclaimable: 300 kB\n',
	'/proc/mounts': [
		'/dev/root / ext4 rw 0 0',
		'/dev/mmcblk0p6 /mnt/data ext4 rw 0 0',
		'/dev/mmcblk0p6 /var/lib/docker ext4 rw 0 0',
		'tmpfs /data/tmp tmpfs rw 0 0',
	].join('\n'),
	'/sys/class/thermal/thermal_zone0/temp': '48312\n',
	'/proc/device-tree/serial-number': '10000000A1B2C3D4\0',
};

function metricsOf(files: Record<string, string>, kernelLog = '') {
	return new DeviceMetrics({
		readText: (path) => (path in files ? Promise.resolve(files[path]!) : Promise.reject(new Error('ENOENT'))),
		statfs: (path) =>
			path === '/mnt/data'
				? Promise.resolve({ bsize: 4096, blocks: 1_000_000, bfree: 600_000 })
				: Promise.reject(new Error('ENOENT')),
		readKernelLog: () => (kernelLog === '' ? Promise.reject(new Error('EPERM')) : Promise.resolve(kernelLog)),
	});
}

describe('api-binder: DeviceMetrics', () => {
	it('reads what the machine has and uses, in whole numbers', async () => {
		expect(await metricsOf(FILES).collect({ hardware: true })).to.deep.equal({
			...{ cpu_usage: 20, cpu_temp: 48, cpu_id: '10000000a1b2c3d4' },
			...{ memory_usage: 2866, memory_total: 3845 },
			...{ storage_block_device: '/dev/mmcblk0p6', storage_usage: 1562, storage_total: 3906 },
			is_undervolted: false,
		});
	});

	it('measures the load since the last time', async () => {
		const files = { ...FILES };
		const metrics = metricsOf(files);
		await metrics.collect({ hardware: true });
		files['/proc/stat'] = 'cpu  190 0 100 710 100 0 0 0 0 0\n';
		expect(await metrics.collect({ hardware: true })).to.include({ cpu_usage: 90 });
		expect(await metrics.collect({ hardware: true })).to.include({ cpu_usage: 0 });
	});

	it('leaves out what the machine does not have', async () => {
		expect(await metricsOf({}).collect({ hardware: true })).to.deep.equal({
			...{ cpu_temp: 0, storage_block_device: '', is_undervolted: false },
		});
	});

	it('hears of a voltage that is too low, also without metrics', async () => {
		const metrics = metricsOf(FILES, 'hwmon: Under-Voltage detected!');
		expect(await metrics.collect({ hardware: false })).to.include({
			is_undervolted: true,
			cpu_usage: null,
			cpu_id: null,
		});
	});
});
