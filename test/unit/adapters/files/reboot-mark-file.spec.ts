import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { hasRollbackBreadcrumb, RebootMarkFile } from '../../../../src/adapters/files/index.ts';
import { makeTempDirectory, rejectionOf } from '../sqlite/raw-database.ts';

const HOUR_MS = 3_600_000;
const BOOT = new Date('2026-01-01T00:00:00.000Z');

describe('reboot mark', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let now: Date;
	let uptimeSeconds: number;
	let mark: RebootMarkFile;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/tmp/balena-supervisor/reboot-after-apply`;
		now = new Date(BOOT.getTime() + HOUR_MS);
		uptimeSeconds = 3600;
		mark = new RebootMarkFile({
			rootPath: directory.path,
			clock: { wall: () => now },
			uptimeSeconds: () => uptimeSeconds,
		});
	});

	afterEach(() => directory.remove());

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
		uptimeSeconds = 60;
		expect(await mark.state()).to.equal('done');
		await rm(path);
		expect(await mark.state()).to.equal('none');
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
