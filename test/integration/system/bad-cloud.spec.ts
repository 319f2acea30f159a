import { expect } from 'chai';
import type { NewFaultInput } from '../../../tools/cloud/control-schemas.ts';
import { containersByService, readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const TARGET = { method: 'GET', path: '/\\/state$/' };

const FAULTS: readonly { readonly what: string; readonly fault: NewFaultInput; readonly problem: string }[] = [
	{ what: 'does not accept its key (401)', fault: { status: 401 }, problem: 'unauthorized' },
	{ what: 'has nothing at the address (404)', fault: { status: 404 }, problem: 'not-found' },
	{
		what: 'asks for fewer requests (429)',
		fault: { status: 429, headers: { 'retry-after': '2' } },
		problem: 'rate-limited',
	},
	{ what: 'fails (500)', fault: { status: 500, body: '<html>' }, problem: 'server-error' },
	{ what: 'breaks off in the middle of the target', fault: { truncate: 100 }, problem: 'http-broken' },
	{
		what: 'is replaced by a portal that says hello',
		fault: { status: 200, body: '<html>Welcome' },
		problem: 'garbage',
	},
	{ what: 'closes the connection', fault: { drop: 'before' }, problem: 'http-unreachable' },
];

describe('a device whose cloud', function () {
	this.timeout(60_000);
	let scene: Scene;
	let turn = 0;

	before(async () => {
		scene = await setScene();
		const [one, two] = scene.images;
		await scene.device.start();
		await scene.apply({ web: one, db: two });
	});
	afterEach(() => scene.client.deleteFaults());
	after(() => scene.dispose());

	for (const { what, fault, problem } of FAULTS) {
		it(`${what}: logs it, keeps its services, and continues when the cloud has recovered`, async () => {
			const { device, engine, client, images } = scene;
			await device.kill('SIGTERM');
			const before = await readTraces(engine);
			await client.createFault({ match: TARGET, ...fault });
			// The first poll comes with the start; the next ones a second apart.
			await device.start();
			const { commit } = await scene.release({
				web: images[(turn += 1) % 2]!,
				db: images[1],
				[`new${turn}`]: images[2],
			});
			await device.waitForLog(
				new RegExp(`cannot fetch the target, the stored one stays in force .*problem=${problem} `),
			);
			expect(await readTraces(engine)).to.deep.equal(before);

			await client.deleteFaults();
			await device.waitForLog('the target can be fetched again', 5000);
			await device.waitForOnTarget(commit);
			expect(await containersByService(engine)).to.have.all.keys('web', 'db', `new${turn}`);
		});
	}

	it('is away for longer: logs it once for all polls', async () => {
		const { device, client } = scene;
		await device.kill('SIGTERM');
		await client.createFault({ match: TARGET, status: 503 });
		await client.deleteRequests();
		await device.start();
		await device.waitFor('it has asked three times', async () => (await countPolls()) >= 3, 6000);
		const line = 'cannot fetch the target, the stored one stays in force';
		expect(device.logSinceStart().split(line)).to.have.lengthOf(2);
	});

	async function countPolls(): Promise<number> {
		const requests = await scene.client.listRequests();
		return requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/state')).length;
	}
});
