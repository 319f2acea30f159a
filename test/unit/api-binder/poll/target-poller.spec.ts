import { expect } from 'chai';
import Sinon from 'sinon';
import { CloudTroubles, TargetFetcher, TargetPoller, type ApplyRequest } from '../../../../src/api-binder/index.ts';
import { TargetIntake } from '../../../../src/device-state/index.ts';
import type { FetchOutcome } from '../../../../src/api-binder/poll/target-fetcher.ts';
import type { Settings } from '../../../../src/config/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import type { NewFaultInput } from '../../../../tools/cloud/control-schemas.ts';
import { linesOf, recordingLog, stubSystemLog } from '../../../support/logs.ts';
import { MemoryTargetStore } from '../../../support/memory-stores.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import {
	cloudApi,
	eventually,
	MemorySettings,
	registerDevice,
	settingsOf,
	startCloudSide,
	UUID,
	type CloudSide,
} from '../cloud-side.ts';

const MINUTE = 60_000;
const PROBLEM: FetchOutcome = { kind: 'problem', problem: 'server-error', status: 500 };
const GOOD = { [UUID]: { name: 'dev', config: {}, apps: {} } };
const BAD = { [UUID]: { name: 'dev', config: { A: 1, B: true }, apps: {} } };

/** A poller with everything around it, and all that it does. */
function pollerOf(options: { fetcher: Pick<TargetFetcher, 'fetch'>; settings: MemorySettings; clock: VirtualClock }) {
	const logged = recordingLog();
	const apply = Sinon.stub<[ApplyRequest]>();
	const systemLog = stubSystemLog();
	const targets = new MemoryTargetStore();
	const stop = new AbortController();
	const troubles = new CloudTroubles(options.clock);
	const poller = new TargetPoller({
		troubles,
		...{ ...options, log: logged.log },
		intake: new TargetIntake({
			targets,
			facts: () => Promise.resolve({ supervisorVersion: '20.0.0', deviceType: 'pc', deviceArch: 'amd64' }),
			log: logged.log,
			systemLog,
		}),
		apply,
	});
	return { poller, troubles, targets, apply, systemLog, lines: logged.lines, stop };
}

describe('api-binder: TargetPoller', () => {
	describe('schedule', () => {
		/** Answers in turn, the last for ever; and when they were asked for. */
		function scripted(answers: readonly FetchOutcome[], change: Partial<Settings> = {}, random = 0.5) {
			const clock = new VirtualClock(() => random);
			const settings = new MemorySettings(settingsOf('https://api.test', change));
			const times: number[] = [];
			const fetcher = {
				fetch: () => Promise.resolve(answers[Math.min(times.push(clock.now()), answers.length) - 1]!),
			};
			const parts = pollerOf({ fetcher, settings, clock });
			return { ...parts, clock, settings, times, done: parts.poller.run(parts.stop.signal) };
		}
		const target = { body: GOOD, etag: 'W/"1"', uuid: UUID, source: 'https://api.test' };
		const fresh: FetchOutcome = { kind: 'fetched', isNew: true, target };
		const same: FetchOutcome = { kind: 'fetched', isNew: false, target };

		it('keeps variables that the cloud has refused, until a target names them', async () => {
			const config = (variables: object) => ({ [UUID]: { ...GOOD[UUID], config: variables } });
			const named = { ...target, body: config({ BALENA_HOST_CONFIG_gpu_mem: '16' }), etag: 'W/"2"' };
			const refusedVariables = { HOST_CONFIG_gpu_mem: '64', HOST_CONFIG_kernel: 'mine.img' };
			const { clock, targets, stop, done } = scripted(
				[
					{ ...fresh, target: { ...target, body: config({}) } },
					{ ...fresh, target: named },
				],
				{ refusedVariables },
			);
			await clock.advance(1000);
			expect((await targets.read())?.config).to.deep.equal(refusedVariables);
			await clock.advance(16 * MINUTE);
			expect((await targets.read())?.config).to.deep.equal({ ...refusedVariables, HOST_CONFIG_gpu_mem: '16' });
			stop.abort();
			await done;
		});

		it('cloud-api #18: polls in intervals with up to a minute of jitter', async () => {
			for (const [random, gap] of [
				[0, 15 * MINUTE],
				[0.9999, 15 * MINUTE + 59_994],
			] as const) {
				const { clock, times, stop, done } = scripted([fresh, same], {}, random);
				await clock.advance(33 * MINUTE);
				expect(times).to.deep.equal([0, gap, 2 * gap]);
				stop.abort();
				await done;
			}
		});

		it('cloud-api #19: doubles the pause from 15 s after failures, and starts over after a success', async () => {
			const { clock, times, troubles, stop, done } = scripted(
				[PROBLEM, PROBLEM, PROBLEM, PROBLEM, fresh, PROBLEM, PROBLEM],
				{},
				0,
			);
			await clock.advance(50_000);
			const [trouble] = troubles.current();
			expect(trouble).to.include({ kind: 'cloud-away', since: 0, nextTry: 105_000 });
			await clock.advance(60_000);
			expect(troubles.current()).to.have.length(1);
			await clock.advance(200_000);
			expect(troubles.current()).to.deep.equal([]);
			await clock.advance(20 * MINUTE - 310_000);
			const gaps = times.slice(1).map((at, n) => (at - times[n]!) / 1000);
			expect(gaps).to.deep.equal([15, 30, 60, 120, 900, 15, 30]);
			stop.abort();
			await done;
		});

		it('cloud-api #19: never waits longer after a failure than after a success', async () => {
			const { clock, times, stop, done } = scripted([PROBLEM], { pollIntervalMs: 3000 }, 0);
			await clock.advance(9000);
			expect(times).to.deep.equal([0, 3000, 6000, 9000]);
			stop.abort();
			await done;
		});

		it('does not march in step with the rest of a fleet that has lost the same cloud', async () => {
			const gapsWith = async (random: number) => {
				const { clock, times, stop, done } = scripted([PROBLEM], {}, random);
				await clock.advance(70 * MINUTE);
				stop.abort();
				await done;
				return times.slice(1).map((at, n) => (at - times[n]!) / 1000);
			};
			const [late, early] = [await gapsWith(0), await gapsWith(1)];
			expect(late.slice(0, 8)).to.deep.equal([15, 30, 60, 120, 240, 480, 900, 900]);
			expect(early.slice(0, 8)).to.deep.equal([14.25, 29, 59, 119, 192, 384, 720, 720]);
		});

		it('waits as long as the cloud asks, if that is longer', async () => {
			const busy = (retryAfterMs: number): FetchOutcome => ({ kind: 'problem', problem: 'rate-limited', retryAfterMs });
			const { clock, times, stop, done } = scripted([busy(1000), busy(600_000), fresh], {}, 0);
			await clock.advance(12 * MINUTE);
			expect(times).to.deep.equal([0, 15_000, 615_000]); // cloud-api #20: a second is less than we wait anyway
			stop.abort();
			await done;
		});

		it('cloud-api #23: begins an interval later without instant updates', async () => {
			const { clock, times, stop, done } = scripted([fresh], { instantUpdates: false }, 0);
			await clock.advance(15 * MINUTE);
			expect(times).to.deep.equal([15 * MINUTE]);
			stop.abort();
			await done;
		});

		it('does not take an endless interval for none', async () => {
			const { clock, times, stop, done } = scripted([fresh], { pollIntervalMs: 1e12 });
			await clock.advance(60 * MINUTE);
			expect(times).to.deep.equal([0]);
			stop.abort();
			await done;
		});

		it('cloud-api #24: a fetch in between does not move the timer, nor count as a poll', async () => {
			const { poller, clock, times, stop, done } = scripted([PROBLEM, fresh], {}, 0);
			await clock.advance(10_000);
			await poller.poll({ force: false }, stop.signal);
			await clock.advance(5000);
			expect(times).to.deep.equal([0, 10_000, 15_000]);
			stop.abort();
			await done;
		});

		it('passes force on, and asks to apply what is stored already', async () => {
			const { poller, clock, apply, stop, done } = scripted([fresh, same]);
			await clock.advance(0);
			await poller.poll({ force: true }, stop.signal);
			Sinon.assert.calledOnceWithExactly(apply, { force: true });
			await clock.advance(16 * MINUTE);
			Sinon.assert.calledOnce(apply);
			stop.abort();
			await done;
		});

		it('delivers a target that another fetch brought, with the next 304', async () => {
			const { clock, apply, targets, stop, done } = scripted([same]);
			await clock.advance(0);
			expect(await targets.read()).to.have.property('name', 'dev');
			Sinon.assert.notCalled(apply); // the store wakes the loop
			stop.abort();
			await done;
		});

		it('tries soon again to store what the disk did not take, although the cloud has nothing new', async () => {
			const { clock, targets, lines, times, stop, done } = scripted([fresh, same], {}, 0);
			const replace = Sinon.stub(targets, 'replace').callThrough();
			replace.onFirstCall().rejects(new OperationalError('database', 'disk full'));
			await clock.advance(15_000);
			expect(await targets.read()).to.have.property('name', 'dev');
			expect(times).to.deep.equal([0, 15_000]);
			expect(lines[0]).to.deep.include({ level: 'error' });
			stop.abort();
			await done;
		});

		it('judges an answer only when the one before is stored', async () => {
			const { poller, clock, targets, stop, done } = scripted([fresh, same]);
			const replace = Sinon.stub(targets, 'replace').callsFake(() => clock.sleep(1000, stop.signal));
			await clock.advance(0);
			const second = poller.poll({ force: false }, stop.signal);
			await clock.advance(1000);
			expect(await second).to.deep.equal({ kind: 'unchanged' });
			Sinon.assert.calledOnce(replace);
			stop.abort();
			await done;
		});

		it('continues when the settings cannot be read for a while', async () => {
			const { clock, settings, times, stop, done } = scripted([fresh]);
			settings.failure = new OperationalError('database', 'locked');
			await clock.advance(0);
			await clock.advance(10_000);
			expect(times.length).to.equal(1);
			stop.abort();
			await done;
		});

		it('D3: is alive while the cloud is away, and not when its loop hangs', async () => {
			const away = scripted([PROBLEM]);
			await away.clock.advance(24 * 60 * MINUTE);
			expect(away.poller.isAlive()).to.equal(true);
			away.stop.abort();
			await away.done;
			const clock = new VirtualClock();
			const settings = new MemorySettings(settingsOf('https://api.test'));
			const { poller, stop } = pollerOf({ fetcher: { fetch: () => new Promise(() => undefined) }, settings, clock });
			void poller.run(stop.signal);
			await clock.advance(31 * MINUTE);
			expect(poller.isAlive()).to.equal(false);
		});
	});

	describe('with a cloud', () => {
		let side: CloudSide;
		let clock: VirtualClock;
		let settings: MemorySettings;
		let parts: ReturnType<typeof pollerOf>;

		beforeEach(async () => {
			side = await startCloudSide();
			await registerDevice(side);
			side.cloud.requests.clear();
			clock = new VirtualClock(() => 0);
			settings = new MemorySettings(settingsOf(side.cloud.url));
			parts = pollerOf({ fetcher: new TargetFetcher({ cloud: cloudApi(clock), settings }), settings, clock });
		});

		afterEach(async () => {
			parts.stop.abort();
			await side.cloud.stop();
		});

		const poll = () => parts.poller.poll({ force: false }, parts.stop.signal);
		const tags = () => side.cloud.requests.since(0).map(({ headers }) => headers['if-none-match']);

		it('stores the target of the fleet, with its source', async () => {
			const replace = Sinon.spy(parts.targets, 'replace');
			expect(await poll()).to.deep.equal({ kind: 'stored' });
			expect((await parts.targets.read())?.apps[0]?.release?.services).to.have.key('web');
			Sinon.assert.calledOnceWithExactly(replace, Sinon.match.object, side.cloud.url);
		});

		it('cloud-api #17: asks with the entity tag of the last target, and without one first', async () => {
			expect([await poll(), await poll()]).to.deep.equal([{ kind: 'stored' }, { kind: 'unchanged' }]);
			expect(tags()[0]).to.equal(undefined);
			expect(tags()[1]).to.match(/^W\/"/);
		});

		it('cloud-api #22: keeps the old entity tag over an answer that is no JSON', async () => {
			await poll();
			await side.control.createFault({ times: 1, body: 'not json', headers: { ETag: 'W/"new"' } });
			expect(await poll()).to.include({ problem: 'garbage' });
			await poll();
			expect(tags()[2]).to.equal(tags()[1]);
		});

		it('cloud-api #21: takes a 304 that was not asked for as a failure', async () => {
			await side.control.updateDevice(UUID, { deleted: true });
			expect(await poll()).to.include({ problem: 'gone' });
			expect(await parts.targets.read()).to.equal(undefined);
		});

		it('cloud-observed 1: notices that it was deleted although it knows a target', async () => {
			await poll();
			const stored = await parts.targets.read();
			await side.control.updateDevice(UUID, { deleted: true });
			expect(await poll()).to.deep.equal({ kind: 'problem', problem: 'gone', status: 304 });
			expect(await parts.targets.read()).to.equal(stored);
		});

		it('takes a cloud that leaves the entity tag out of a 304 for what it is, at the price of one request', async () => {
			await poll();
			const body = { match: { path: '/device/v3/' }, status: 304 };
			await side.control.createFault({ ...body, times: 1 });
			expect(await poll()).to.deep.equal({ kind: 'unchanged' });
			await side.control.createFault({ ...body, times: 1 });
			expect(await poll()).to.deep.equal({ kind: 'unchanged' });
			expect(tags().map((tag) => tag !== undefined)).to.deep.equal([false, true, false, true]);
		});

		it('asks for the whole target after the identity changed', async () => {
			await poll();
			settings.value = { ...settings.value, uuid: 'e'.repeat(32) };
			expect(await poll()).to.include({ problem: 'gone' });
			expect(tags()[1]).to.equal(undefined);
		});

		it('cloud-api #27, #29: refuses a bad target once, says what is wrong, and keeps the stored one', async () => {
			await poll();
			const stored = await parts.targets.read();
			await side.control.setTarget(UUID, BAD);
			expect(await poll()).to.deep.equal({ kind: 'refused', because: 'schema' });
			expect(await poll()).to.deep.equal({ kind: 'unchanged' });
			expect(await parts.targets.read()).to.equal(stored);
			expect(parts.troubles.current().map(({ sentence }) => sentence)).to.deep.equal([
				'the target that the cloud sent cannot be used: config.A: expected a string, got 1',
			]);
			expect(linesOf(parts.systemLog)).to.deep.equal([
				'Could not move to new release: Invalid target state.',
				'config.A: expected a string, got 1',
				'config.B: expected a string, got true',
			]);
			expect(parts.lines.filter(({ level }) => level === 'error')).to.have.length(1);
			Sinon.assert.calledOnce(parts.apply); // the stored one is applied when asked for, never the refused one
			await side.control.setTarget(UUID, null);
			expect(await poll()).to.deep.equal({ kind: 'stored' });
			expect(parts.troubles.current()).to.deep.equal([]);
		});

		it('cloud-api #33: says nothing on the dashboard of a target for another device', async () => {
			await side.control.setTarget(UUID, { other: GOOD[UUID] });
			expect(await poll()).to.deep.equal({ kind: 'refused', because: 'device' });
			Sinon.assert.notCalled(parts.systemLog.write);
		});

		it('asks where the override points to, and says whose target it is', async () => {
			settings.value = { ...settings.value, apiEndpoint: 'https://real.test', apiEndpointOverride: side.cloud.url };
			expect(await poll()).to.deep.equal({ kind: 'stored' });
		});

		it('one at a time: two askers at once get one target and one 304', async () => {
			expect(await Promise.all([poll(), poll()])).to.deep.equal([{ kind: 'stored' }, { kind: 'unchanged' }]);
		});

		describe('each failure gives one line that says what is wrong and what happens next', () => {
			const faults: readonly [string, NewFaultInput, string][] = [
				['401', { status: 401 }, 'unauthorized'],
				['404', { status: 404 }, 'not-found'],
				['cloud-api #20: 429', { status: 429, headers: { 'Retry-After': '1' } }, 'rate-limited'],
				['500', { status: 500 }, 'server-error'],
				['half a body', { truncate: 10 }, 'http-broken'],
				['garbage', { body: 'not json' }, 'garbage'],
				['an empty body', { body: '' }, 'garbage'],
				['silence', { delayMs: 2000 }, 'http-timeout'],
				['a closed connection', { drop: 'before' }, 'http-unreachable'],
			];
			for (const [name, fault, problem] of faults) {
				it(name, async () => {
					await side.control.createFault({ ...fault, times: 2 });
					settings.value = { ...settings.value, requestTimeoutMs: problem === 'http-timeout' ? 30 : 5000 };
					const done = parts.poller.run(parts.stop.signal);
					await eventually(() => parts.lines.length === 1);
					await clock.advance(15_000);
					await eventually(() => parts.lines.length === 2);
					const [first, second] = parts.lines;
					expect(first).to.deep.include({
						level: 'warn',
						message: 'cannot fetch the target, the stored one stays in force',
					});
					expect(first?.fields).to.include({ problem, failures: 1, retryInMs: 15_000 });
					expect(second).to.have.property('level', 'debug');
					await clock.advance(30_000);
					await eventually(() => parts.lines.some(({ message }) => message === 'the target can be fetched again'));
					parts.stop.abort();
					await done;
				});
			}
		});
	});
});
