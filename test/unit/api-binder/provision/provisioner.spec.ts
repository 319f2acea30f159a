import { expect } from 'chai';
import Sinon from 'sinon';
import { CloudTroubles, Provisioner } from '../../../../src/api-binder/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import type { Settings } from '../../../../src/config/index.ts';
import { recordingLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import {
	cloudApi,
	eventually,
	FACTS,
	KEY,
	MemorySettings,
	registerDevice,
	requestsOf,
	settingsOf,
	startCloudSide,
	UUID,
	type CloudSide,
} from '../cloud-side.ts';

const NEVER = new AbortController().signal;

describe('api-binder: Provisioner', () => {
	let side: CloudSide;
	let settings: MemorySettings;
	let clock: VirtualClock;
	let logged: ReturnType<typeof recordingLog>;

	beforeEach(async () => {
		side = await startCloudSide();
		clock = new VirtualClock();
		logged = recordingLog();
	});

	afterEach(() => side.cloud.stop());

	/** With a provisioning key and no registration, unless given otherwise. */
	function provisioner(change: Partial<Settings> = {}): Provisioner {
		const fresh = { provisioningKey: side.fleet.provisioningKey, applicationId: side.fleet.id, ...change };
		settings = new MemorySettings(settingsOf(side.cloud.url, fresh));
		let ids = 0;
		return new Provisioner({
			troubles: new CloudTroubles(clock),
			...{ cloud: cloudApi(clock), settings, clock, log: logged.log },
			facts: () => Promise.resolve(FACTS),
			newId: () => (ids++).toString(16).padStart(32, 'e'),
		});
	}

	const requests = () => requestsOf(side);

	it('cloud-api #3: registers, and gives up the provisioning key in the same write', async () => {
		expect(await provisioner().run(NEVER)).to.equal('provisioned');
		const { id } = await side.control.getDevice(UUID);
		expect(settings.saved).to.deep.equal([
			{ deviceId: id, provisioningKey: null, registeredAt: clock.wall().getTime() },
		]);
		expect(settings.value.provisioningKey).to.equal(undefined);
		expect(requests()).to.deep.equal(['POST /device/register 201']);
	});

	it('cloud-api #4: tries again at the same pace with the same identity', async () => {
		await side.control.createFault({ match: { path: '/device/register' }, times: 3, status: 500 });
		const done = provisioner({ bootstrapRetryDelayMs: 1000 }).run(NEVER);
		for (let attempt = 1; attempt <= 3; attempt++) {
			await eventually(() => logged.lines.filter(({ level }) => level === 'warn').length === attempt);
			await clock.advance(1000);
		}
		expect(await done).to.equal('provisioned');
		expect(clock.now()).to.equal(3000);
		const bodies = side.cloud.requests.since(0).map(({ body }) => body as { uuid: string });
		expect(new Set(bodies.map(({ uuid }) => uuid))).to.deep.equal(new Set([UUID]));
		expect(logged.lines[0]).to.deep.include({ message: 'cannot provision, trying again' });
		expect(logged.lines[0]?.fields).to.include({ problem: 'server-error', status: 500, retryInMs: 1000 });
	});

	it('waits as long as the cloud asks, in seconds', async () => {
		await side.control.createFault({ times: 1, status: 429, headers: { 'Retry-After': '120' } });
		const done = provisioner().run(NEVER);
		await eventually(() => logged.lines[0]);
		expect(logged.lines[0]?.fields).to.include({ problem: 'rate-limited', retryInMs: 120_000 });
		await clock.advance(120_000);
		expect(await done).to.equal('provisioned');
	});

	it('spreads a fleet around the delay', async () => {
		const pauses = [0, 0.999].map(async (random) => {
			const log = recordingLog();
			const controller = new AbortController();
			const sleeper = new VirtualClock(() => random);
			const alone = new Provisioner({
				troubles: new CloudTroubles(clock),
				...{ cloud: cloudApi(sleeper), clock: sleeper, log: log.log, newId: () => '' },
				settings: new MemorySettings(settingsOf(side.cloud.url)),
				facts: () => Promise.resolve(FACTS),
			});
			const done = alone.run(controller.signal);
			const line = await eventually(() => log.lines[0]);
			controller.abort();
			expect(await done).to.equal('aborted');
			return line.fields.retryInMs;
		});
		expect(await Promise.all(pauses)).to.deep.equal([27_000, 32_994]);
	});

	it('cloud-api #5: takes 200 for a failure', async () => {
		await side.control.createFault({ times: 1, status: 200, body: { id: 1 } });
		expect(await provisioner().attempt(NEVER)).to.deep.include({ kind: 'failed' });
		expect(settings.saved).to.deep.equal([]);
	});

	it('does not take a 201 of something else for a registration', async () => {
		await side.control.createFault({ times: 1, status: 201, body: '<html>' });
		const outcome = await provisioner().attempt(NEVER);
		expect(outcome.kind === 'failed' && outcome.problem.problem).to.equal('garbage');
	});

	it('cloud-api #6: finds itself registered when the answer was lost', async () => {
		await side.control.createFault({ match: { path: '/device/register' }, times: 1, drop: 'after' });
		const lost = provisioner();
		expect(await lost.attempt(NEVER)).to.have.property('kind', 'failed');
		expect(await lost.attempt(NEVER)).to.have.property('kind', 'provisioned');
		const { id } = await side.control.getDevice(UUID);
		expect(settings.value).to.include({ deviceId: id, uuid: UUID, deviceApiKey: KEY });
		expect(settings.value.provisioningKey).to.equal(undefined);
		expect(requests().slice(1)).to.deep.equal(['POST /device/register 409', 'GET /v7/device 200']);
	});

	it('cloud-api #7: gives its own key to a device that exists, if config.json holds a key of a user', async () => {
		await registerDevice(side);
		const { key } = await side.control.createKey({ kind: 'user' });
		const before = requests().length;
		expect(await provisioner({ provisioningKey: key, deviceApiKey: '9'.repeat(32) }).run(NEVER)).to.equal(
			'provisioned',
		);
		const { id } = await side.control.getDevice(UUID);
		expect(requests().slice(before)).to.deep.equal([
			'POST /device/register 409',
			'GET /v7/device 401',
			'GET /v7/device 200',
			`POST /api-key/device/${id}/device-key 200`,
		]);
	});

	it('cloud-api #8: takes a new identity when the exchange is refused', async () => {
		await registerDevice(side);
		const { key } = await side.control.createKey({ kind: 'user' });
		await side.control.createFault({ match: { path: '/api-key/' }, status: 400 });
		const refused = provisioner({ provisioningKey: key, deviceApiKey: '9'.repeat(32) });
		expect(await refused.attempt(NEVER)).to.have.property('kind', 'new-identity');
		expect(await refused.attempt(NEVER)).to.have.property('kind', 'provisioned');
		expect(settings.value.uuid).not.to.equal(UUID);
		expect(settings.value.deviceApiKey).not.to.equal('9'.repeat(32));
		expect(settings.value.uuid).not.to.equal(settings.value.deviceApiKey);
	});

	it('cloud-api #9, cloud-observed 5: registers as a new device after it was deleted', async () => {
		await registerDevice(side);
		await side.control.updateDevice(UUID, { deleted: true });
		const deleted = provisioner();
		expect(await deleted.attempt(NEVER)).to.have.property('kind', 'new-identity');
		expect(await deleted.attempt(NEVER)).to.have.property('kind', 'provisioned');
		expect(await side.control.listDevices()).to.have.length(2);
	});

	it('cloud-api #10: keeps its identity when it is registered and cannot exchange keys', async () => {
		await registerDevice(side);
		const left = { registeredAt: 1, deviceId: 1, deviceApiKey: '9'.repeat(32) };
		expect(await provisioner(left).attempt(NEVER)).to.have.property('kind', 'failed');
		expect(settings.saved).to.deep.equal([]);
		expect(requests().slice(1)).to.deep.equal(['GET /v7/device 401', 'GET /v7/device 401']);
	});

	it('cloud-api #10: gives up a left-over provisioning key once its own key works', async () => {
		const id = await registerDevice(side);
		expect(await provisioner({ registeredAt: 1, deviceId: id }).attempt(NEVER)).to.have.property('kind', 'provisioned');
		expect(settings.saved).to.deep.equal([{ deviceId: id, provisioningKey: null }]);
	});

	it('cloud-api #11: asks nothing when it is provisioned', async () => {
		const whole = provisioner();
		settings.value = settingsOf(side.cloud.url, { registeredAt: 1, deviceId: 1 });
		expect(await whole.run(NEVER)).to.equal('provisioned');
		expect(requests()).to.deep.equal([]);
	});

	for (const [name, fault] of Object.entries({
		'a server error': { status: 500 },
		'a closed connection': { drop: 'before' },
		'a log-in page': { body: '<html>' },
	} as const)) {
		it(`Q-3: keeps its identity over ${name} while it looks itself up`, async () => {
			await registerDevice(side);
			await side.control.createFault({ match: { path: '/v7/device' }, times: 1, ...fault });
			const undecided = provisioner();
			expect(await undecided.attempt(NEVER)).to.have.property('kind', 'failed');
			expect(settings.saved).to.deep.equal([]);
			expect(await undecided.attempt(NEVER)).to.have.property('kind', 'provisioned');
		});
	}

	it('Q-4: a new identity is not registered yet', async () => {
		const half = provisioner({ registeredAt: 1 });
		expect(await half.attempt(NEVER)).to.have.property('kind', 'new-identity');
		expect(settings.value.registeredAt).to.equal(undefined);
		expect(await half.attempt(NEVER)).to.have.property('kind', 'provisioned');
	});

	it('says what config.json lacks', async () => {
		const bare = provisioner();
		settings.value = settingsOf(side.cloud.url);
		expect(await bare.attempt(NEVER)).to.deep.equal({ kind: 'incomplete', missing: ['apiKey', 'applicationId'] });
		expect(requests()).to.deep.equal([]);
	});

	it('has nothing to do without a cloud', async () => {
		expect(await provisioner({ apiEndpoint: '' }).run(NEVER)).to.equal('unmanaged');
	});

	for (const apiEndpoint of ['garbage', 'ftp://x', 'https://']) {
		it(`sends no request while its endpoint is ${apiEndpoint}: the next start may bring another`, async () => {
			expect(await provisioner({ apiEndpoint }).run(NEVER)).to.equal('no-endpoint');
			expect(requests()).to.deep.equal([]);
		});
	}

	it('survives a disk that fails, and a power cut before the write', async () => {
		const cut = provisioner();
		Sinon.stub(settings, 'set').rejects(new OperationalError('config-write', 'no space left'));
		expect(await cut.attempt(NEVER)).to.have.property('kind', 'settings-failed');
		const again = provisioner();
		expect(await again.attempt(NEVER)).to.have.property('kind', 'provisioned');
		expect(await side.control.listDevices()).to.have.length(1);
	});
});
