import { expect } from 'chai';
import Sinon from 'sinon';
import { GotClient } from '../../../../src/adapters/http/index.ts';
import {
	DeviceTags,
	FirstReport,
	FoundVariables,
	ResourceApi,
	TargetFetcher,
} from '../../../../src/api-binder/index.ts';
import { Config } from '../../../../src/config/index.ts';
import { silentLog, stubSystemLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { configJsonOf, MemoryFile, MemorySettingRows } from '../../config/memory-setting-rows.ts';
import {
	cloudApi,
	COMMIT,
	eventually,
	KEY,
	registerDevice,
	startCloudSide,
	UUID,
	type CloudSide,
} from '../cloud-side.ts';

describe('api-binder: what a new device reports to the cloud', function () {
	let side: CloudSide;
	let deviceId: number;
	let clock: VirtualClock;
	let stop: AbortController;

	beforeEach(async () => {
		side = await startCloudSide();
		deviceId = await registerDevice(side);
		clock = new VirtualClock(() => 0.5);
		stop = new AbortController();
	});

	afterEach(async () => {
		stop.abort();
		await side.cloud.stop();
	});

	function make(
		properties: Readonly<Record<string, unknown>> = {},
		bootVariables: Readonly<Record<string, string>> = {},
	) {
		const identity = { uuid: UUID, deviceApiKey: KEY, deviceId, registered_at: 1, bootstrapRetryDelay: 1000 };
		const configJson = new MemoryFile({ apiEndpoint: side.cloud.url, ...identity, ...properties });
		const settings = new Config({
			rows: new MemorySettingRows(),
			configJson: configJsonOf(configJson),
			log: silentLog,
		});
		const variables = new FoundVariables({ config: settings, bootVariables: () => Promise.resolve(bootVariables) });
		const caller = { http: new GotClient(), clock, userAgent: () => 'Supervisor/20.0.0' };
		const resources = new ResourceApi(caller);
		const fetcher = new TargetFetcher({ cloud: cloudApi(clock), settings });
		const systemLog = stubSystemLog();
		const report = new FirstReport({ resources, fetcher, settings, variables, clock, log: silentLog, systemLog });
		const tags = new DeviceTags({ resources, settings, clock, log: silentLog });
		return { config: settings, found: variables, report, tags, systemLog };
	}

	const requests = (pattern: RegExp) =>
		side.cloud.requests
			.since(0)
			.filter(({ method, path }) => pattern.test(`${method} ${path}`))
			.map(({ body }) => (typeof body === 'string' ? (JSON.parse(body) as unknown) : body));
	const variables = () =>
		requests(/^POST \/v7\/device_config_variable/).map((body) => body as { name: string; value: string });

	it('cloud-api #12: settings that differ from the defaults and that it does not know, and no others', async () => {
		const { config, report } = make({ persistentLogging: true }, { HOST_CONFIG_gpu_mem: '256' });
		await config.set({ pollIntervalMs: 900_000, localMode: true });
		await report.run(stop.signal);
		expect(variables().map(({ name, value }) => `${name}=${value}`)).to.have.members([
			'RESIN_SUPERVISOR_PERSISTENT_LOGGING=true',
			'RESIN_HOST_FIREWALL_MODE=',
			'RESIN_HOST_CONFIG_gpu_mem=256',
		]);
		expect((await config.read()).initialConfigReported).to.equal(side.cloud.url);
	});

	it('the settings that it came with, whatever the stored target has made of them since', async () => {
		const { config, found, report } = make({ persistentLogging: true });
		await found.note();
		await config.set({ persistentLogging: false, pollIntervalMs: 600_000 });
		await report.run(stop.signal);
		expect(variables().map(({ name, value }) => `${name}=${value}`)).to.have.members([
			'RESIN_SUPERVISOR_PERSISTENT_LOGGING=true',
			'RESIN_HOST_FIREWALL_MODE=',
		]);
	});

	it('the default in place of one that cannot be read (decision D18)', async () => {
		const { config, found, report } = make({ persistentLogging: 'perhaps' });
		await found.note();
		await config.set({ persistentLogging: true });
		await report.run(stop.signal);
		expect(variables().map(({ name, value }) => `${name}=${value}`)).to.deep.equal(['RESIN_HOST_FIREWALL_MODE=']);
	});

	it('cloud-api #13, #15: again from the start after a failure, and never again after that', async () => {
		const fault = { match: { method: 'POST', path: '/v7/device_config_variable' }, status: 500, times: 1 };
		await side.control.createFault(fault);
		const { report } = make({ persistentLogging: true });
		const done = report.run(stop.signal);
		await eventually(() => variables().length === 1);
		await clock.advance(1000);
		await eventually(() => variables().length > 1);
		await done;
		const sent = side.cloud.requests.since(0).length;
		const targets = side.cloud.requests.since(0).filter(({ path }) => path.endsWith('/state'));
		expect(targets, 'the target is asked for first').to.have.length(2);
		expect(targets[1]?.headers['if-none-match']).to.be.a('string');
		await report.run(stop.signal);
		expect(side.cloud.requests.since(0)).to.have.length(sent);
	});

	it('continues after a variable that this cloud does not accept, or has already', async () => {
		for (const status of [400, 409]) {
			await side.control.createFault({ match: { path: '/v7/device_config_variable' }, status, times: 1 });
			const { config, report } = make({ persistentLogging: true });
			await report.run(stop.signal);
			expect((await config.read()).initialConfigReported, String(status)).to.equal(side.cloud.url);
		}
	});

	it('notes a variable that this cloud refuses, and tells the user that it stays', async () => {
		await side.control.createFault({ match: { path: '/v7/device_config_variable' }, status: 400, times: 1 });
		const { config, report, systemLog } = make({ persistentLogging: true });
		await report.run(stop.signal);
		const { refusedVariables } = await config.read();
		const [name = '', ...others] = Object.keys(refusedVariables ?? {});
		expect(others).to.deep.equal([]);
		Sinon.assert.calledOnceWithExactly(
			systemLog.write,
			`The cloud refuses variables of this device, which keeps them as they are: ${name}`,
			{ error: true },
		);
		expect(variables().find((variable) => variable.name === `RESIN_${name}`)?.value).to.equal(refusedVariables?.[name]);
	});

	it('cloud-api #14: its initial name, once, whether or not that works', async () => {
		const { report, systemLog, config } = make({ initialDeviceName: 'n1' });
		await side.control.createFault({ match: { method: 'PATCH', path: '/v7/device' }, status: 400, times: 1 });
		await report.run(stop.signal);
		expect(requests(/^PATCH \/v7\/device/)).to.deep.equal([{ device_name: 'n1' }]);
		Sinon.assert.calledOnceWithExactly(systemLog.write, 'Unable to report initial device name', { error: true });
		expect((await config.read()).initialConfigReported).to.equal(side.cloud.url);
	});

	it('cloud-api #16: the release that it came with, unless the cloud does not know it', async () => {
		const known = make();
		await known.config.set({ pinnedRelease: { app: side.fleet.id, commit: COMMIT } });
		await side.control.createFault({ match: { method: 'PATCH', path: '/v7/device' }, status: 500, times: 1 });
		const done = known.report.run(stop.signal);
		const pins = () => requests(/^PATCH \/v7\/device/);
		await eventually(() => pins().length === 1);
		await clock.advance(1000);
		await done;
		expect(pins()[1]).to.have.property('is_pinned_on__release').that.is.a('number');
		expect((await known.config.read()).pinnedRelease).to.equal(undefined);
		const unknown = make();
		await unknown.config.set({ pinnedRelease: { app: side.fleet.id, commit: 'a'.repeat(32) } });
		await unknown.report.run(stop.signal);
		expect(pins()).to.have.length(2);
		expect((await unknown.config.read()).pinnedRelease).to.equal(undefined);
	});

	it('keeps the tags of all who set some at once', async () => {
		const { tags, config } = make();
		await Promise.all(['a', 'b', 'c'].map((name) => tags.set({ [name]: '1' })));
		expect((await config.read()).targetTags).to.deep.equal({ a: '1', b: '1', c: '1' });
	});

	it('sends the other tags when the cloud refuses one without saying which', async () => {
		const { tags, config } = make();
		const life = new AbortController();
		const running = tags.run(life.signal);
		await tags.set({ a: '1', 'io.balena.reserved': '2', c: '3' });
		await clock.advance(0);
		await eventually(() => requests(/^PATCH \/device\/v3\/tags/).length === 4);
		await tags.set({ d: '4' });
		await clock.advance(10_000);
		await eventually(() => requests(/^PATCH \/device\/v3\/tags/).length === 5);
		await clock.advance(60_000);
		life.abort();
		await running;
		expect(requests(/^PATCH \/device\/v3\/tags/).slice(4)).to.deep.equal([{ [UUID]: { d: '4' } }]);
		expect((await config.read()).reportedTags).to.deep.equal({ a: '1', c: '3', d: '4' });
	});

	it('cloud-api #47: tags, batched, until it has them, also after a restart', async () => {
		const first = make();
		const life = new AbortController();
		const running = first.tags.run(life.signal);
		const sent = () => requests(/^PATCH \/device\/v3\/tags/).map((body) => (body as Record<string, object>)[UUID]);
		await first.tags.set({ a: '1' });
		await clock.advance(0);
		await eventually(() => sent().length === 1);
		await first.tags.set({ a: '1' });
		await clock.advance(5000);
		await first.tags.set({ b: '2' });
		await first.tags.set({ c: '3' });
		await clock.advance(4000);
		expect(sent()).to.deep.equal([{ a: '1' }]);
		await clock.advance(1000);
		await eventually(() => sent().length === 2);
		expect(sent()[1]).to.deep.equal({ b: '2', c: '3' });
		await side.control.createFault({ match: { path: '/device/v3/tags' }, status: 500 });
		await clock.advance(10_000);
		await first.tags.set({ d: '4' });
		await clock.advance(0);
		await eventually(() => sent().length === 3);
		life.abort();
		await running;
		await side.control.deleteFaults();
		const { config } = first;
		const second = make();
		await second.config.set({
			targetTags: (await config.read()).targetTags!,
			reportedTags: (await config.read()).reportedTags!,
		});
		void second.tags.run(stop.signal);
		await eventually(() => sent().length === 4);
		expect(sent()[3]).to.deep.equal({ d: '4' });
		expect(await second.tags.list(stop.signal)).to.have.property('kind', 'tags');
	});
});
