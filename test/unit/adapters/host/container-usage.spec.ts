import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ContainerUsageFiles } from '../../../../src/adapters/host/index.ts';
import { candidateFolders, parseNetDev } from '../../../../src/adapters/host/cgroups/parse-cgroup.ts';

const ID = 'c0ffee'.repeat(10);
const ONE = { containerId: ID, pid: 42, hasOwnNetwork: true, cgroupParent: '' };
const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  777       7    0    0    0     0          0         0      777       7    0    0    0     0       0          0
  eth0: 1000      10    0    0    0     0          0         0      200       2    0    0    0     0       0          0
  eth1:1          1     0    0    0     0          0         0        2       1    0    0    0     0       0          0
`;

describe('the usage of containers', () => {
	let root: string;
	beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'cgroups-'))));
	afterEach(() => {
		rmSync(root, { recursive: true });
	});

	function write(files: Readonly<Record<string, string>>): void {
		for (const [path, text] of Object.entries(files)) {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), text);
		}
	}

	const usageOf = async (container = ONE) => (await new ContainerUsageFiles(root).read([container])).get(ID);

	function writeVersion2(folder: string): void {
		write({
			'sys/fs/cgroup/cgroup.controllers': 'cpu io memory pids\n',
			[`sys/fs/cgroup/${folder}/cpu.stat`]: 'usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n',
			[`sys/fs/cgroup/${folder}/memory.current`]: '10485760\n',
			[`sys/fs/cgroup/${folder}/memory.stat`]: 'anon 1\ninactive_file 485760\nactive_file 5\n',
			[`sys/fs/cgroup/${folder}/io.stat`]:
				'8:0 rbytes=100 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n179:0 rbytes=1 wbytes=2 rios=1 wios=1\n',
			'proc/42/cgroup': `0::/${folder}\n`,
			'proc/42/net/dev': NET_DEV,
		});
	}

	const USED = { memoryBytes: 10_000_000, blockReadBytes: 101, blockWrittenBytes: 22 };
	const SENT = { receivedBytes: 1001, transmittedBytes: 202 };

	for (const folder of [
		`docker/${ID}`,
		`balena/${ID}`,
		`system.slice/docker-${ID}.scope`,
		`system.slice/balena-${ID}.scope`,
	]) {
		it(`is read from control groups of version 2 in ${folder.replace(ID, 'ID')}`, async () => {
			writeVersion2(folder);
			expect(await usageOf()).to.deep.equal({ cpuSeconds: 2.5, ...USED, ...SENT });
		});
	}

	it('is read below the parent that the service asks for', async () => {
		writeVersion2(`shop.slice/shop-till.slice/docker-${ID}.scope`);
		expect(await usageOf({ ...ONE, cgroupParent: 'shop-till.slice' })).to.include({ cpuSeconds: 2.5 });
	});

	it('is read where its process is, whatever its engine calls the place', async () => {
		writeVersion2(`elsewhere/${ID}`);
		write({ 'proc/42/cgroup': `0::/elsewhere/${ID}/init\n` });
		expect(await usageOf()).to.deep.equal({ cpuSeconds: 2.5, ...USED, ...SENT });
	});

	it('is found among the usual places where the kernel hides that of its process', async () => {
		writeVersion2(`docker/${ID}`);
		write({ 'proc/42/cgroup': `0::/../${ID}\n`, [`sys/fs/${ID}/cpu.stat`]: 'usage_usec 9000000\n' });
		expect(await usageOf()).to.deep.equal({ cpuSeconds: 2.5, ...USED, ...SENT });
	});

	it('is read from control groups of version 1 where each controller has it', async () => {
		write({
			[`sys/fs/cgroup/memory/a/${ID}/memory.usage_in_bytes`]: '4096\n',
			[`sys/fs/cgroup/cpuacct/b/${ID}/cpuacct.usage`]: '1000000000\n',
			'proc/42/cgroup': `5:memory:/a/${ID}\n4:cpu,cpuacct:/b/${ID}\n0::/\n`,
		});
		expect(await usageOf()).to.deep.equal({ cpuSeconds: 1, memoryBytes: 4096 });
	});

	it('is read from control groups of version 1', async () => {
		write({
			[`sys/fs/cgroup/cpuacct/docker/${ID}/cpuacct.usage`]: '1500000000\n',
			[`sys/fs/cgroup/memory/docker/${ID}/memory.usage_in_bytes`]: '10485760\n',
			[`sys/fs/cgroup/memory/docker/${ID}/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 485760\n',
			[`sys/fs/cgroup/blkio/docker/${ID}/blkio.throttle.io_service_bytes`]:
				'8:0 Read 100\n8:0 Write 20\n8:0 Sync 120\n8:0 Total 120\n179:0 Read 1\n179:0 Write 2\nTotal 123\n',
		});
		expect(await usageOf()).to.deep.equal({ cpuSeconds: 1.5, ...USED });
	});

	it('lacks what its kernel does not count', async () => {
		write({
			'sys/fs/cgroup/cgroup.controllers': 'cpu\n',
			[`sys/fs/cgroup/docker/${ID}/cpu.stat`]: 'usage_usec 1000000\n',
		});
		expect(await usageOf()).to.deep.equal({ cpuSeconds: 1 });
	});

	it('is empty for a container that is gone meanwhile', async () => {
		write({ 'sys/fs/cgroup/cgroup.controllers': '' });
		expect(await usageOf()).to.deep.equal({});
	});

	it('has no network of another process that got the same number', async () => {
		writeVersion2(`docker/${ID}`);
		write({ 'proc/42/cgroup': '0::/system.slice/cron.service\n' });
		expect(await usageOf()).not.to.have.any.keys('receivedBytes', 'transmittedBytes');
	});

	it('has no network where it is in that of the host', async () => {
		writeVersion2(`docker/${ID}`);
		expect(await usageOf({ ...ONE, hasOwnNetwork: false })).not.to.have.any.keys('receivedBytes', 'transmittedBytes');
	});

	it('is read for each of many containers', async () => {
		const ids = Array.from({ length: 11 }, (_, index) => `id${index}`);
		write({ 'sys/fs/cgroup/cgroup.controllers': '' });
		for (const id of ids) write({ [`sys/fs/cgroup/docker/${id}/cpu.stat`]: 'usage_usec 1000000\n' });
		const usages = await new ContainerUsageFiles(root).read(ids.map((containerId) => ({ ...ONE, containerId })));
		expect([...usages.values()]).to.deep.equal(ids.map(() => ({ cpuSeconds: 1 })));
	});

	it('never leaves the folder of control groups', () => {
		expect(candidateFolders(ID, '../../etc').some((folder) => folder.includes('..'))).to.equal(false);
	});

	it('counts no network in a file without interfaces', () => {
		expect(parseNetDev('')).to.deep.equal({ receivedBytes: 0, transmittedBytes: 0 });
		expect(parseNetDev(undefined)).to.equal(undefined);
	});
});
