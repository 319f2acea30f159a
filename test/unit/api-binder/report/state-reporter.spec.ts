import { expect } from 'chai';
import { CloudTroubles, StateReporter } from '../../../../src/api-binder/index.ts';
import { recordingLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { imageOf, scene, type Scene } from '../../device-state/report/device-status.ts';
import { ACCEPTED, AT_REST, REFUSED, reporterOf } from './reporter-scene.ts';
import {
	cloudApi,
	COMMIT,
	eventually,
	FACTS,
	FakeStatus,
	FLEET_UUID,
	IMAGE,
	MemoryReportCache,
	MemorySettings,
	METRICS,
	registerDevice,
	settingsOf,
	startCloudSide,
	UUID,
} from '../cloud-side.ts';

const pull = (percent: number): Partial<Scene> & { readonly applying: boolean } => ({
	target: { commit: 'c2', services: ['web'] },
	running: [{ step: { kind: 'pullImage', reference: imageOf('web', 'c2') }, percent }],
	applying: true,
});

describe('api-binder: StateReporter', () => {
	it('cloud-api #34, #35: says all at first, and then only what changed', async () => {
		const { clock, world, sent, status, last, stop, done } = reporterOf();
		await clock.advance(0);
		expect(last()).to.include({
			status: 'Idle',
			provisioning_progress: null,
			api_port: 48484,
			ip_address: FACTS.ipAddress,
		});
		expect(last()).to.have.keys(
			...['status', 'os_version', 'os_variant', 'supervisor_version', 'provisioning_progress', 'provisioning_state'],
			...['logs_channel', 'ip_address', 'mac_address', 'api_port', 'api_secret', 'apps', ...Object.keys(METRICS)],
		);
		world.facts = { ...FACTS, ipAddress: '10.0.0.1' };
		status.publish(status.latest()!);
		await clock.advance(1000);
		expect(sent).to.have.length(2);
		expect(last()).to.deep.equal({ ip_address: '10.0.0.1' });
		stop.abort();
		await done;
	});

	it('cloud-api #46: a wake sends the new API secret', async () => {
		const { clock, world, reporter, last, stop, done } = reporterOf();
		await clock.advance(1000);
		world.facts = { ...FACTS, apiSecret: '1'.repeat(32) };
		reporter.wake();
		await clock.advance(1000);
		expect(last()).to.deep.equal({ api_secret: '1'.repeat(32) });
		stop.abort();
		await done;
	});

	it('cloud-api #36: sends a long pull sparingly, never more than a burst, and its end within a second', async () => {
		const { clock, sent, world, last, stop, done } = reporterOf();
		await clock.advance(60_000);
		for (let percent = 1; percent <= 60; percent++) {
			world.show(pull(percent));
			await clock.advance(1000);
		}
		const times = sent.map(({ at }) => at - 60_000).slice(1);
		expect(times.length).to.be.within(6, 9);
		expect(times.slice(3).every((at, n) => at - times[n + 2]! >= 9000)).to.equal(true);
		const endedAt = clock.now();
		world.show({
			target: { commit: 'c2', services: ['web'] },
			images: ['web@c2'],
			containers: ['web@c2: running'],
			reached: 'c2',
		});
		await clock.advance(1000);
		expect(sent.at(-1)?.at).to.be.within(endedAt, endedAt + 1000);
		expect(last()?.apps).to.have.property('a'.repeat(32)).that.deep.includes({ release_uuid: 'c2' });
		stop.abort();
		await done;
	});

	it('cloud-api #36: never more than the burst and one in ten seconds, whatever happens', async () => {
		const { clock, sent, world, stop, done } = reporterOf();
		for (let n = 0; n < 100; n++) {
			world.facts = { ...FACTS, ipAddress: `10.0.0.${n}` };
			world.show();
			await clock.advance(500);
		}
		expect(sent.length).to.be.within(5, 3 + 5);
		await clock.advance(20_000);
		expect(sent.at(-1)?.fields).to.deep.equal({ ip_address: '10.0.0.99' });
		stop.abort();
		await done;
	});

	it('begins anew with its pauses when what could not be reported is not the case any more', async () => {
		const { clock, world, lines, stop, done } = reporterOf();
		await clock.advance(1000);
		world.answer.returns({ kind: 'problem', problem: 'server-error' });
		const retries = () => lines.flatMap(({ fields }) => fields['retryInMs'] ?? []);
		world.facts = { ...FACTS, ipAddress: '10.0.0.1' };
		world.show();
		await clock.advance(10_000);
		world.facts = FACTS; // as the cloud knows it
		world.show();
		await clock.advance(3_600_000);
		world.facts = { ...FACTS, ipAddress: '10.0.0.2' };
		world.show();
		await clock.advance(10_000);
		expect(retries()).to.deep.equal([15_000, 15_000]);
		stop.abort();
		await done;
	});

	it('says since when the cloud refuses reports, with what it answered, until it takes them or nothing is to be said', async () => {
		const { clock, world, troubles, stop, done } = reporterOf();
		const kinds = () => troubles.current().map(({ kind, since }) => [kind, since]);
		await clock.advance(1000);
		expect(kinds()).to.deep.equal([]);
		world.answer.returns({ kind: 'problem', problem: 'rejected', status: 400, said: 'bad report' });
		world.facts = { ...FACTS, ipAddress: '10.0.0.1' };
		world.show();
		await clock.advance(600_000);
		const [trouble] = troubles.current();
		expect(trouble?.sentence).to.equal(
			'the state of the device is not reported: the cloud finds the request malformed (400): bad report',
		);
		expect(trouble?.since).to.be.within(1000, 2000);
		expect(trouble?.nextTry).to.be.above(clock.now());
		world.answer.returns(ACCEPTED);
		await clock.advance(1_200_000);
		expect(kinds()).to.deep.equal([]);
		world.answer.returns({ kind: 'problem', problem: 'http-unreachable' });
		world.facts = { ...FACTS, ipAddress: '10.0.0.2' };
		world.show();
		await clock.advance(10_000);
		expect(kinds()[0]?.[0]).to.equal('cloud-away');
		world.facts = { ...FACTS, ipAddress: '10.0.0.1' }; // as the cloud knows it
		world.show();
		await clock.advance(3_600_000);
		expect(kinds()).to.deep.equal([]);
		stop.abort();
		await done;
	});

	it('cloud-api #37: sends metrics alone at most every five minutes, and not at all within their buckets', async () => {
		const { clock, sent, world, last, stop, done } = reporterOf();
		await clock.advance(0);
		world.metrics = { ...METRICS, cpu_usage: 19, memory_usage: 419 };
		await clock.advance(20 * 60_000);
		expect(sent).to.have.length(1);
		const changedAt = clock.now();
		world.metrics = { ...METRICS, cpu_usage: 95 };
		while (sent.length < 2) {
			await clock.advance(1000);
		}
		expect(last()).to.deep.equal({ cpu_usage: 95 });
		expect(clock.now() - changedAt).to.be.at.most(311_000);
		world.metrics = METRICS;
		await clock.advance(15_000);
		world.show(); // a change of no consequence: it makes the reporter look
		await clock.advance(280_000);
		expect(sent).to.have.length(2);
		await clock.advance(16_000);
		expect(last()).to.deep.equal({ cpu_usage: 7 });
		stop.abort();
		await done;
	});

	it('lets metrics ride along with any other change', async () => {
		const { clock, world, last, stop, done } = reporterOf();
		await clock.advance(15_000);
		world.metrics = { ...METRICS, cpu_usage: 95 };
		world.facts = { ...FACTS, ipAddress: '10.0.0.1' };
		world.show();
		await clock.advance(1000);
		expect(last()).to.deep.equal({ ip_address: '10.0.0.1', cpu_usage: 95 });
		stop.abort();
		await done;
	});

	it('cloud-api #38: backs off, and then sends what is the case by then', async () => {
		const { clock, sent, world, stop, done, lines } = reporterOf();
		world.answer.returns({ kind: 'problem', problem: 'server-error', status: 500 });
		await clock.advance(14_000);
		world.facts = { ...FACTS, ipAddress: '10.0.0.1' };
		world.show();
		await clock.advance(91_000);
		expect(sent.map(({ at }) => at / 1000)).to.deep.equal([0, 15, 45, 105]);
		expect(sent[1]?.fields).to.include({ ip_address: '10.0.0.1', status: 'Idle' });
		world.answer.returns(ACCEPTED);
		await clock.advance(120_000);
		expect(sent).to.have.length(5);
		expect(sent[4]?.fields).to.include({ ip_address: '10.0.0.1', status: 'Idle' });
		expect(lines.map(({ level }) => level)).to.deep.equal(['warn', 'debug', 'debug', 'debug', 'info']);
		stop.abort();
		await done;
	});

	it('cloud-api #39: waits the seconds that the cloud asks for', async () => {
		const { clock, sent, world, stop, done } = reporterOf();
		world.answer.returns({ kind: 'problem', problem: 'server-error', status: 503, retryAfterMs: 20_000 });
		await clock.advance(20_000);
		expect(sent.map(({ at }) => at)).to.deep.equal([0, 20_000]);
		world.answer.returns({ kind: 'problem', problem: 'server-error', status: 503, retryAfterMs: 0 });
		await clock.advance(20_000 + 3000);
		expect(sent).to.have.length(2 + 4);
		stop.abort();
		await done;
	});

	it('reports within ten seconds when the cloud answers the poll again after an outage', async () => {
		const { clock, world, sent, reporter, last, stop, done } = reporterOf();
		await clock.advance(1000);
		world.answer.returns({ kind: 'problem', problem: 'server-error', status: 500 });
		world.facts = { ...FACTS, ipAddress: '10.0.0.1' };
		reporter.wake();
		await clock.advance(60 * 60_000);
		world.facts = { ...FACTS, ipAddress: '10.0.0.2' };
		world.answer.returns(ACCEPTED);
		const before = sent.length;
		reporter.cloudAnswered();
		await clock.advance(10_000);
		expect(sent.length).to.equal(before + 1);
		expect(last()).to.deep.equal({ ip_address: '10.0.0.2' });
		stop.abort();
		await done;
	});

	it('keeps quiet as long as the cloud has asked for, whatever else it answers', async () => {
		const { clock, world, sent, reporter, stop, done } = reporterOf();
		world.answer.returns({ kind: 'problem', problem: 'rate-limited', status: 429, retryAfterMs: 600_000 });
		await clock.advance(1000);
		reporter.cloudAnswered();
		reporter.wake();
		await clock.advance(598_000);
		expect(sent).to.have.length(1);
		await clock.advance(2000);
		expect(sent).to.have.length(2);
		stop.abort();
		await done;
	});

	it('cloud-api #41: says only what changed after a restart, but all of it to another cloud', async () => {
		const cache = new MemoryReportCache();
		const first = reporterOf({ cache });
		await first.clock.advance(0);
		first.stop.abort();
		await first.done;
		const second = reporterOf({ cache });
		second.world.facts = { ...FACTS, ipAddress: '10.0.0.1' };
		await second.clock.advance(0);
		expect(second.sent.map(({ fields }) => fields)).to.deep.equal([{ ip_address: '10.0.0.1' }]);
		second.stop.abort();
		await second.done;
		const joined = reporterOf({ cache, settings: { apiEndpoint: 'https://other.test' } });
		await joined.clock.advance(0);
		expect(joined.last()).to.include({ status: 'Idle' });
		joined.stop.abort();
		await joined.done;
	});

	it('starts over with a report cache that holds nonsense', async () => {
		const cache = new MemoryReportCache();
		cache.value = { source: 'https://api.test', report: { [UUID]: 'x' } };
		const { clock, last, stop, done } = reporterOf({ cache });
		await clock.advance(0);
		expect(last()).to.include({ status: 'Idle' });
		stop.abort();
		await done;
	});

	it('cloud-api #44: withdraws metrics once', async () => {
		const { clock, settings, world, last, sent, stop, done } = reporterOf();
		await clock.advance(60_000);
		settings.value = { ...settings.value, hardwareMetrics: false };
		world.show();
		await clock.advance(301_000);
		expect(last()).to.deep.equal({ cpu_usage: null, memory_usage: null, memory_total: null });
		await clock.advance(20 * 60_000);
		expect(sent).to.have.length(2);
		stop.abort();
		await done;
	});

	it('cloud-api #45: reports no apps in local mode, and all of them again after it', async () => {
		const { clock, settings, world, sent, last, stop, done } = reporterOf();
		await clock.advance(60_000);
		settings.value = { ...settings.value, localMode: true };
		world.show();
		await clock.advance(60_000);
		expect(last()).to.deep.equal({});
		settings.value = { ...settings.value, localMode: false };
		world.show();
		await clock.advance(1000);
		expect(last()).to.have.keys('apps', 'logs_channel');
		expect(sent).to.have.length(3);
		stop.abort();
		await done;
	});

	it('D3: is alive while the cloud is away', async () => {
		const { clock, world, reporter, stop, done } = reporterOf();
		world.answer.returns(REFUSED);
		await clock.advance(24 * 60 * 60_000);
		expect(reporter.isAlive()).to.equal(true);
		stop.abort();
		await done;
	});

	it('the stand-in cloud takes what it sends, and shows it', async () => {
		const side = await startCloudSide();
		await registerDevice(side);
		const clock = new VirtualClock();
		const status = new FakeStatus();
		const stop = new AbortController();
		const shown = scene({ target: { commit: 'c1', services: ['web'] }, ...AT_REST });
		// The same scene, in the names of the fleet.
		const named = JSON.parse(
			JSON.stringify(shown)
				.replaceAll('a'.repeat(32), FLEET_UUID)
				.replaceAll('"c1"', `"${COMMIT}"`)
				.replaceAll(imageOf('web', 'c1'), IMAGE),
		) as typeof shown;
		const reporter = new StateReporter({
			troubles: new CloudTroubles(clock),
			...{ cloud: cloudApi(clock), settings: new MemorySettings(settingsOf(side.cloud.url)), status, clock },
			...{ cache: new MemoryReportCache(), log: recordingLog().log },
			targets: { read: () => Promise.resolve(named.target) },
			facts: () => Promise.resolve(FACTS),
			metrics: { collect: () => Promise.resolve(METRICS) },
		});
		status.publish(named.status);
		const done = reporter.run(stop.signal);
		await eventually(async () => (await side.control.getDevice(UUID)).releaseUuid === COMMIT);
		const device = await side.control.getDevice(UUID);
		expect(device).to.deep.include({ releaseUuid: COMMIT, updateStatus: 'done' });
		expect(device.installs[0]).to.include({ service: 'web', status: 'Running' });
		expect(device.state).to.include({ ip_address: FACTS.ipAddress, cpu_usage: 7 });
		stop.abort();
		await done;
		await side.cloud.stop();
	});
});
