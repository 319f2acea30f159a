import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { hasRollbackBreadcrumb, RebootMarkFile } from '../../../../src/adapters/files/index.ts';
import { makeTempDirectory, rejectionOf } from '../sqlite/raw-database.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const CAUSE = { scope: 'target 1', what: 'HOST_CONFIG_gpu_mem=64 (config.txt)' };
const BOOT = new Date('2026-01-01T00:00:00.000Z');

describe('reboot mark', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let now: Date;
	let uptimeSeconds: number;
	let bootId: string | undefined;
	let mark: RebootMarkFile;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/tmp/balena-supervisor/reboot-after-apply`;
		now = new Date(BOOT.getTime() + HOUR_MS);
		uptimeSeconds = 3600;
		bootId = 'boot 1';
		mark = start();
	});

	afterEach(() => directory.remove());

	/** The supervisor starts. */
	function start(): RebootMarkFile {
		return new RebootMarkFile({
			rootPath: directory.path,
			clock: { wall: () => now },
			uptimeSeconds: () => uptimeSeconds,
			readBootId: () => Promise.resolve(bootId),
		});
	}

	/** The device boots, and its disk keeps the file. */
	function boot(id: string | undefined): void {
		uptimeSeconds = 60;
		bootId = id;
		mark = start();
	}

	it('is not there at first', async () => {
		expect(await mark.state()).to.equal('none');
	});

	it('asks for a reboot as soon as it is set', async () => {
		await mark.set();
		expect(await mark.state()).to.equal('required');
		expect((await stat(path)).mtimeMs).to.equal(now.getTime());
	});

	it('is renewed when it is set again, whatever it holds', async () => {
		await mark.set();
		await writeFile(path, 'of another');
		await utimes(path, 1, 1);
		expect(await mark.state()).to.equal('done');
		await mark.set();
		expect(await mark.state()).to.equal('required');
	});

	it('host #18: asks for nothing after a boot, where the boot has not cleared it', async () => {
		await mark.set();
		now = new Date(now.getTime() + HOUR_MS);
		boot('boot 2');
		expect(await mark.state()).to.equal('done');
		expect(await mark.causes()).to.deep.equal([]);
		await rm(path);
		expect(await mark.state()).to.equal('none');
	});

	it('host #18: goes by its time where no boot can be told from another', async () => {
		boot(undefined);
		await mark.set();
		expect(await mark.state()).to.equal('required');
		now = new Date(now.getTime() + HOUR_MS);
		boot(undefined);
		expect(await mark.state()).to.equal('done');
	});

	it('host #18: goes by its time when another program has set it, until it is claimed', async () => {
		await mark.set();
		await writeFile(path, '');
		await utimes(path, now, now);
		expect(await mark.state()).to.equal('required');
		expect(await mark.causes()).to.deep.equal([]);
		const { id } = await mark.claim();
		expect(await mark.claim()).to.deep.equal({ id, causes: [] });
		now = new Date(now.getTime() - 10 * YEAR_MS);
		boot('boot 2');
		expect(await mark.state(), 'its time is in the future').to.equal('done');
	});

	for (const [way, jumpMs] of [
		['forward', 10 * YEAR_MS],
		['back', -10 * YEAR_MS],
	] as const) {
		it(`keeps its reboot when the clock jumps years ${way}, and needs none after the boot`, async () => {
			await mark.set(CAUSE);
			now = new Date(now.getTime() + jumpMs);
			expect(await mark.state()).to.equal('required');
			expect(await start().state(), 'another life of the supervisor').to.equal('required');
			boot('boot 2');
			expect(await mark.state()).to.equal('done');
			now = new Date(now.getTime() - jumpMs);
			expect(await mark.state(), 'the clock jumps once more').to.equal('done');
		});
	}

	it('names what it is for, once each, and forgets that with the boot', async () => {
		const other = { scope: 'container 1', what: 'service web' };
		for (const cause of [CAUSE, other, CAUSE]) await mark.set(cause);
		await mark.set();
		expect(await start().causes()).to.deep.equal([CAUSE, other]);
		const { id, causes } = await mark.claim();
		expect(causes).to.deep.equal([CAUSE, other]);
		boot('boot 2');
		await mark.set(other);
		expect(await mark.causes()).to.deep.equal([other]);
		expect((await mark.claim()).id).to.not.equal(id);
	});

	it('is there whatever its content is', async () => {
		for (const content of ['{', 'null', '{"bootId":"boot 1"}', '{"bootId":"boot 1","id":"i","causes":[1,{}]}']) {
			await mark.set();
			await writeFile(path, content);
			expect(await mark.state(), content).to.equal('required');
			expect(await mark.causes(), content).to.deep.equal([]);
			await rm(path);
		}
	});

	it('knows when the device has booted, in the same words until the clock is set', async () => {
		expect(await mark.bootedAt()).to.equal(BOOT.toISOString());
		now = new Date(now.getTime() + 10_003);
		uptimeSeconds += 10;
		expect(await mark.bootedAt()).to.equal(BOOT.toISOString());
		now = new Date(now.getTime() + 60_000);
		expect(await mark.bootedAt()).to.equal('2026-01-01T00:01:00.003Z');
	});

	it('knows the uptime of the machine', async () => {
		const real = new RebootMarkFile({ rootPath: directory.path, clock: { wall: () => new Date() } });
		expect(new Date(await real.bootedAt()).getTime()).to.be.lessThan(Date.now());
		await real.set();
		expect(await real.state()).to.equal('required');
	});

	it('says which file it cannot write or read', async () => {
		await mkdir(`${directory.path}/tmp`);
		await writeFile(`${directory.path}/tmp/balena-supervisor`, '');
		expect((await rejectionOf(mark.set())).message).to.include(path);
		expect((await rejectionOf(mark.state())).code).to.equal('file-unreadable');
	});
});

describe('an update of the operating system', () => {
	it('is not finished while a breadcrumb of it stands on the state partition', async () => {
		const directory = await makeTempDirectory();
		expect(await hasRollbackBreadcrumb(directory.path)).to.equal(false);
		expect(await hasRollbackBreadcrumb(`${directory.path}/not-mounted`)).to.equal(false);
		for (const name of ['rollback-health-breadcrumb', 'rollback-altboot-breadcrumb']) {
			await writeFile(`${directory.path}/${name}`, '');
			expect(await hasRollbackBreadcrumb(directory.path), name).to.equal(true);
			await rm(`${directory.path}/${name}`);
		}
		await directory.remove();
	});
});
