import { expect } from 'chai';
import Sinon from 'sinon';
import { openDatabase, type Database, type SqliteTargetStore } from '../../../../src/adapters/sqlite/index.ts';
import { CloudTroubles, TargetFetcher, TargetPoller, type PollOutcome } from '../../../../src/api-binder/index.ts';
import { variablesToStore } from '../../../../src/config/index.ts';
import { TargetIntake } from '../../../../src/device-state/index.ts';
import { silentLog, stubSystemLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { makeTempDirectory, RawDatabase } from '../../adapters/sqlite/raw-database.ts';
import {
	cloudApi,
	FLEET_UUID,
	MemorySettings,
	registerDevice,
	settingsOf,
	startCloudSide,
	UUID,
	type CloudSide,
} from '../cloud-side.ts';
import { faultCases } from '../fault-cases.ts';

type Json = Readonly<Record<string, unknown>>;

const DEVICE = { contractFacts: { supervisorVersion: '20.0.0', deviceType: 'qemux86-64', deviceArch: 'amd64' } };
/** Faults that leave the call a good answer, or one that is no target of a device in another sense. */
const WITHOUT_ANSWER = faultCases('')
	.filter(({ isSilent, endpoint }) => isSilent !== true && endpoint === undefined)
	// Nothing new: the stored target is applied, as asked.
	.filter(({ name }) => name !== '304');

const deviceWith = (change: Json) => ({ [UUID]: { name: 'd', config: {}, apps: {}, ...change } });
const appWith = (change: Json, uuid = FLEET_UUID) =>
	deviceWith({ apps: { [uuid]: { id: 1, name: 'a', is_host: false, class: 'fleet', releases: {}, ...change } } });
const releaseWith = (change: Json) => appWith({ releases: { c: { id: 1, services: {}, ...change } } });
const serviceWith = (change: Json) =>
	releaseWith({ services: { web: { id: 1, image_id: 1, image: 'web', environment: {}, labels: {}, ...change } } });
/** As text: in a literal this key would be the prototype itself. */
const withProto = (text: string) => text.replaceAll('PROTO', '__proto__');

/** Valid JSON that is no target. */
const WRONG_SHAPES: Readonly<Record<string, string>> = Object.fromEntries(
	Object.entries({
		'another device': { ['e'.repeat(32)]: { name: 'd', config: {}, apps: {} } },
		'no apps': { [UUID]: { name: 'd', config: {} } },
		'a list of apps': deviceWith({ apps: [] }),
		'a device that is null': { [UUID]: null },
		'a name that is an object': deviceWith({ name: {} }),
		'a list for config': deviceWith({ config: ['RESIN_A'] }),
		'an id that is huge': appWith({ id: 1e300 }),
		'an id that is a fraction': appWith({ id: 1.5 }),
		'a list of releases': appWith({ releases: [{}] }),
		'a release that is null': appWith({ releases: { c: null } }),
		'a service that is a text': releaseWith({ services: { web: 'web' } }),
		'a network that is a number': releaseWith({ networks: { n: 7 } }),
		'an image that is long': serviceWith({ image: 'x'.repeat(256) }),
		'an image that is no reference': serviceWith({ image: 'Not A Reference!' }),
		'a composition that is a list': serviceWith({ composition: [] }),
		'a variable that is null': serviceWith({ environment: { A: null } }),
		'a label that is an object': serviceWith({ labels: { a: {} } }),
		'more values than any': deviceWith({ more: Array.from({ length: 500_001 }, () => 0) }),
	}).map(([name, body]) => [name, JSON.stringify(body)]),
);

const PROTOTYPE_KEYS: Readonly<Record<string, string>> = {
	'a device called __proto__': withProto(`{"PROTO":{"polluted":"yes"}}`),
	'members of __proto__': withProto(`{"${UUID}":{"PROTO":{"name":"d","config":{},"apps":{},"polluted":"yes"}}}`),
	'an app called __proto__ of a wrong form': withProto(
		`{"${UUID}":{"name":"d","config":{},"apps":{"PROTO":{"polluted":"yes"}}}}`,
	),
	'a service called __proto__': JSON.stringify(releaseWith({ services: { PROTO: {} } })).replace('PROTO', '__proto__'),
};

describe('a poisoned target never replaces the stored one', function () {
	let side: CloudSide;
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let database: Database;
	let targets: SqliteTargetStore;
	let raw: RawDatabase;
	let poll: () => Promise<PollOutcome>;
	let stored: string;
	const apply = Sinon.stub();

	before(async () => {
		side = await startCloudSide();
		await registerDevice(side);
		directory = await makeTempDirectory();
		const path = `${directory.path}/database.sqlite`;
		raw = new RawDatabase(path);
		database = await openDatabase({ path, log: silentLog });
		targets = database.targetStore({
			readSource: () => Promise.resolve(side.cloud.url),
			onSourceChange: () => () => undefined,
			settingsWritten: () => Promise.resolve(),
			normalise: variablesToStore,
			dump: () => Promise.resolve(),
		});
		const clock = new VirtualClock();
		const settings = new MemorySettings(settingsOf(side.cloud.url, { requestTimeoutMs: 3000 }));
		const systemLog = stubSystemLog();
		const poller = new TargetPoller({
			troubles: new CloudTroubles(clock),
			fetcher: new TargetFetcher({ cloud: cloudApi(clock), settings }),
			intake: new TargetIntake({
				...{ targets, systemLog, log: silentLog },
				facts: () => Promise.resolve(DEVICE.contractFacts),
			}),
			apply,
			...{ settings, clock, systemLog, log: silentLog },
		});
		poll = () => poller.poll({ force: false }, new AbortController().signal);
		expect(await poll()).to.deep.equal({ kind: 'stored' });
		stored = await raw.dump();
		expect(stored).to.contain('registry.test/v2/web');
	});
	beforeEach(() => {
		apply.resetHistory();
		side.cloud.faults.remove();
	});
	after(async () => {
		await side.cloud.stop();
		await database.close();
		await directory.remove();
	});

	const expectUntouched = async () => {
		expect(await raw.dump()).to.equal(stored);
		Sinon.assert.notCalled(apply);
		expect({}).not.to.have.property('polluted');
	};

	for (const { name, fault } of WITHOUT_ANSWER) {
		it(`fault: ${name}`, async () => {
			side.cloud.faults.add({ etag: `W/"${name.length}"`, ...fault({ status: 200, body: deviceWith({}) }) });
			expect((await poll()).kind).to.be.oneOf(['problem', 'refused']);
			await expectUntouched();
		});
	}

	for (const [name, body] of Object.entries({ ...WRONG_SHAPES, ...PROTOTYPE_KEYS })) {
		it(`wrong shape: ${name}`, async () => {
			side.cloud.faults.add({ body, etag: `W/"${name.replaceAll(/[^a-z]/g, '')}"` });
			expect((await poll()).kind).to.equal('refused');
			await expectUntouched();
		});
	}

	it('and a good one still does, with a variable and an app called __proto__ as what they are', async () => {
		const body = JSON.stringify(
			appWith({ releases: { PROTO: { id: 1, services: { web: serviceCalled({ PROTO: 'x', A: 'a' }) } } } }, 'PROTO'),
		);
		side.cloud.faults.add({ body: withProto(body), etag: 'W/"good"' });
		expect(await poll()).to.deep.equal({ kind: 'stored' });
		const [app] = (await targets.read())?.apps ?? [];
		expect(app?.appUuid).to.equal('__proto__');
		expect(app?.release?.commit).to.equal('__proto__');
		expect(Object.entries(app?.release?.services['web']?.environment ?? {})).to.deep.equal([
			['__proto__', 'x'],
			['A', 'a'],
		]);
		expect({}).not.to.have.property('A');
	});
});

function serviceCalled(environment: Json): Json {
	return { id: 1, image_id: 1, image: 'web', environment, labels: {} };
}
