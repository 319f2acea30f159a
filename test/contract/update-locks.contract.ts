import { expect } from 'chai';
import { UpdatesLocked, type UpdateLocks } from '../../src/ports/update-locks.ts';
import { rejectionOf } from '../unit/adapters/sqlite/raw-database.ts';

/** Update locks under test, and changes to their files by others. Paths are `1/web/updates.lock`. */
interface LocksUnderTest {
	readonly locks: UpdateLocks;
	/** A supervisor that comes after this one. */
	restart(): UpdateLocks;
	readonly put: (path: string, owner: 'supervisor' | 'user') => Promise<void>;
	readonly remove: (path: string) => Promise<void>;
	/** All files, as `1/web/updates.lock user`, sorted. */
	list(): Promise<readonly string[]>;
	dispose(): Promise<void>;
}

const BOTH = ['resin-updates.lock', 'updates.lock'];

function filesOf(owner: 'supervisor' | 'user', ...services: readonly string[]): readonly string[] {
	return services.flatMap((service) => BOTH.map((name) => `${service}/${name} ${owner}`));
}

/** The contract of every implementation of update locks. */
export function describeUpdateLocks(name: string, make: () => Promise<LocksUnderTest>): void {
	describe(`update locks: ${name}`, () => {
		let test: LocksUnderTest;

		beforeEach(async () => {
			test = await make();
		});

		afterEach(() => test.dispose());

		describeTaking(() => test);
		describeUserLocks(() => test);
		describeLeftovers(() => test);
		describeLooking(() => test);
	});
}

async function heldBy(locks: UpdateLocks): Promise<Readonly<Record<string, readonly string[]>>> {
	return Object.fromEntries([...(await locks.held())].map(([appId, services]) => [appId, [...services].sort()]));
}

function describeTaking(test: () => LocksUnderTest): void {
	it('are not held at first', async () => {
		expect(await heldBy(test().locks)).to.deep.equal({});
	});

	it('are two files for each service', async () => {
		await test().locks.take({ appId: 1, services: ['web', 'db'], force: false });
		expect(await test().list()).to.deep.equal(filesOf('supervisor', '1/db', '1/web'));
		expect(await heldBy(test().locks)).to.deep.equal({ 1: ['db', 'web'] });
	});

	it('are extended by services that come later, and taken twice without harm', async () => {
		const { locks } = test();
		await locks.take({ appId: 1, services: ['web'], force: false });
		await locks.take({ appId: 1, services: ['web', 'db', 'db'], force: false });
		expect(await heldBy(locks)).to.deep.equal({ 1: ['db', 'web'] });
	});

	it('of an app without services are none', async () => {
		await test().locks.take({ appId: 1, services: [], force: false });
		expect(await test().list()).to.deep.equal([]);
	});

	it('are released by app, and releasing nothing is success', async () => {
		const { locks } = test();
		await locks.take({ appId: 1, services: ['web'], force: false });
		await locks.take({ appId: 12, services: ['web'], force: false });
		await locks.release(1);
		await locks.release(1);
		await locks.release(99);
		expect(await heldBy(locks)).to.deep.equal({ 12: ['web'] });
		expect(await test().list()).to.deep.equal(filesOf('supervisor', '12/web'));
	});

	it('follow the order in which an app is asked for', async () => {
		const { locks } = test();
		await Promise.all([
			locks.take({ appId: 1, services: ['web', 'db'], force: false }),
			locks.release(1),
			locks.take({ appId: 1, services: ['db'], force: false }),
			locks.take({ appId: 1, services: ['db', 'web'], force: true }),
			locks.release(1),
			locks.take({ appId: 1, services: ['api'], force: false }),
		]);
		expect(await test().list()).to.deep.equal(filesOf('supervisor', '1/api'));
	});

	it('are not taken for a name that leads out of the directory', async () => {
		const { locks } = test();
		for (const service of ['../2/web', '..', '.', '', 'a/b', '/etc', 'a\0b']) {
			const error = await rejectionOf(locks.take({ appId: 1, services: ['web', service], force: true }));
			expect(error, service).not.to.be.instanceOf(UpdatesLocked);
			expect(await test().list(), service).to.deep.equal([]);
		}
	});

	it('can be taken of services that have a directory', async () => {
		const { locks } = test();
		expect(await locks.lockableServices(1)).to.deep.equal([]);
		await locks.take({ appId: 1, services: ['web'], force: false });
		await test().put('1/db/some-file', 'user');
		await test().put('12/other/some-file', 'user');
		await locks.release(1);
		expect(await locks.lockableServices(1)).to.deep.equal(['db', 'web']);
	});
}

function describeUserLocks(test: () => LocksUnderTest): void {
	for (const name of BOTH) {
		it(`are not taken while ${name} is a user's, and all locks of the app are released`, async () => {
			const { locks, put } = test();
			await locks.take({ appId: 1, services: ['api'], force: false });
			await locks.take({ appId: 2, services: ['web'], force: false });
			await put(`1/web/${name}`, 'user');
			const error = await rejectionOf(locks.take({ appId: 1, services: ['api', 'db', 'web'], force: false }));
			expect(error).to.be.instanceOf(UpdatesLocked);
			expect(error.code).to.equal('updates-locked');
			expect(error.message).to.equal('Lockfile exists for { appId: 1, service: web }');
			expect(await test().list()).to.deep.equal([`1/web/${name} user`, ...filesOf('supervisor', '2/web')]);
			expect(await heldBy(locks)).to.deep.equal({ 2: ['web'] });
		});
	}

	it('are taken when the user has removed theirs', async () => {
		const { locks, put, remove } = test();
		await put('1/web/updates.lock', 'user');
		await rejectionOf(locks.take({ appId: 1, services: ['web'], force: false }));
		await remove('1/web/updates.lock');
		await locks.take({ appId: 1, services: ['web'], force: false });
		expect(await heldBy(locks)).to.deep.equal({ 1: ['web'] });
	});

	it('are taken by force, and only those asked for', async () => {
		const { locks, put } = test();
		await put('1/web/updates.lock', 'user');
		await put('1/web/resin-updates.lock', 'user');
		await put('1/db/updates.lock', 'user');
		await locks.take({ appId: 1, services: ['web'], force: true });
		expect(await test().list()).to.deep.equal(['1/db/updates.lock user', ...filesOf('supervisor', '1/web')]);
	});

	it('of users are never released', async () => {
		const { locks, put } = test();
		await put('1/web/updates.lock', 'user');
		await locks.release(1);
		expect(await test().list()).to.deep.equal(['1/web/updates.lock user']);
		expect(await heldBy(locks)).to.deep.equal({});
	});
}

function describeLeftovers(test: () => LocksUnderTest): void {
	it('51: are still held after a restart of the supervisor, are used again, and are released in the end', async () => {
		await test().locks.take({ appId: 1, services: ['web'], force: false });
		const next = test().restart();
		expect(await heldBy(next)).to.deep.equal({ 1: ['web'] });
		await next.take({ appId: 1, services: ['web', 'db'], force: false });
		expect(await heldBy(next)).to.deep.equal({ 1: ['db', 'web'] });
		await next.release(1);
		expect(await test().list()).to.deep.equal([]);
	});

	it('51: of which a crash left one file are none yet, and are completed', async () => {
		const { locks, put } = test();
		await put('1/web/updates.lock', 'supervisor');
		expect(await heldBy(locks)).to.deep.equal({ 1: [] });
		await locks.take({ appId: 1, services: ['web'], force: false });
		expect(await heldBy(locks)).to.deep.equal({ 1: ['web'] });
	});

	it('51: from before a restart are released too when one is a user’s', async () => {
		const { put } = test();
		await test().locks.take({ appId: 1, services: ['gone'], force: false });
		await put('1/web/updates.lock', 'user');
		const next = test().restart();
		await rejectionOf(next.take({ appId: 1, services: ['web'], force: false }));
		expect(await test().list()).to.deep.equal(['1/web/updates.lock user']);
	});

	it('52: from before a restart are removed wherever locks can be, and those of users are kept', async () => {
		const { locks, put } = test();
		await put('1/web/updates.lock', 'supervisor');
		await put('1/.0a1b.updates.lock', 'supervisor'); // a crash left it in mid-making
		await put('1/web/deep/er/updates.lock', 'supervisor');
		await put('1/web/resin-updates.lock', 'user');
		await put('1/db/updates.lock', 'user');
		await put('1/db/other.lock', 'supervisor');
		expect(await heldBy(locks)).to.deep.equal({ 1: [] });
		await locks.release(1);
		const kept = ['1/db/other.lock supervisor', '1/db/updates.lock user', '1/web/deep/er/updates.lock supervisor'];
		expect(await test().list()).to.deep.equal([...kept, '1/web/resin-updates.lock user']);
		expect(await heldBy(locks)).to.deep.equal({});
	});
}

function describeLooking(test: () => LocksUnderTest): void {
	it('are the same object as long as nothing changes', async () => {
		const { locks } = test();
		await locks.take({ appId: 1, services: ['web'], force: false });
		const held = await locks.held();
		expect(await locks.held()).to.equal(held);
		locks.refresh();
		expect(await locks.held()).to.equal(held);
		await locks.release(2);
		expect(await locks.held()).to.equal(held);
		await locks.release(1);
		expect(await locks.held()).not.to.equal(held);
	});

	it('are read again after the cache is dropped', async () => {
		const { locks, put } = test();
		await locks.held();
		await put('1/web/updates.lock', 'supervisor');
		expect(await heldBy(locks)).to.deep.equal({});
		locks.refresh();
		expect(await heldBy(locks)).to.deep.equal({ 1: [] });
	});
}
