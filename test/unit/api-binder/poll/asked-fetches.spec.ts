import { expect } from 'chai';
import { AskedFetches, type ApplyRequest } from '../../../../src/api-binder/index.ts';
import type { PollOutcome } from '../../../../src/api-binder/poll/target-poller.ts';
import { recordingLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { MemorySettings, settingsOf } from '../cloud-side.ts';

const PROBLEM: PollOutcome = { kind: 'problem', problem: 'server-error', status: 503 };
const PLAIN: ApplyRequest = { force: false };

describe('api-binder: fetches of the target between polls', () => {
	/** Each fetch takes a while; answers in turn, the last for ever. */
	function start(answers: readonly PollOutcome[], takesMs = 100) {
		const clock = new VirtualClock(() => 0);
		const fetched: (ApplyRequest & { readonly at: number })[] = [];
		const stop = new AbortController();
		const logged = recordingLog();
		const fetches = new AskedFetches({
			poller: {
				poll: async (request, signal) => {
					const answer = answers[Math.min(fetched.length, answers.length - 1)]!;
					fetched.push({ ...request, at: clock.now() });
					await clock.sleep(takesMs, signal);
					return answer;
				},
			},
			settings: new MemorySettings(settingsOf('https://api.test', { pollIntervalMs: 10_000 })),
			clock,
			log: logged.log,
		});
		const done = fetches.run(stop.signal);
		const times = () => fetched.map(({ at }) => at);
		return { clock, fetches, fetched, times, stop, done, lines: logged.lines };
	}

	it('D28: tries again what failed, from a second on, with growing pauses up to those between polls', async () => {
		const { clock, fetches, times, stop, done, lines } = start([PROBLEM]);
		await clock.advance(5000);
		fetches.ask(PLAIN);
		await clock.advance(60_000);
		const gaps = times().map((at, n) => at - (times()[n - 1] ?? 0) - (n === 0 ? 0 : 100));
		expect(gaps.slice(0, 8)).to.deep.equal([5000, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
		expect(lines.filter(({ level }) => level === 'warn')).to.have.length(1);
		stop.abort();
		await done;
	});

	it('begins anew after a success, and asks for nothing more', async () => {
		const { clock, fetches, times, stop, done } = start([PROBLEM, { kind: 'stored' }, PROBLEM, { kind: 'unchanged' }]);
		fetches.ask(PLAIN);
		await clock.advance(100_000);
		fetches.ask(PLAIN);
		await clock.advance(100_000);
		expect(times()).to.deep.equal([0, 1100, 100_000, 101_100]);
		stop.abort();
		await done;
	});

	it('twelve who ask in a second are served by one fetch under way and one that follows', async () => {
		const { clock, fetches, fetched, stop, done } = start([{ kind: 'unchanged' }], 1000);
		for (let n = 0; n < 12; n++) {
			fetches.ask({ force: n === 7 });
			await clock.advance(80);
		}
		await clock.advance(10_000);
		expect(fetched).to.deep.equal([
			{ force: false, at: 0 },
			{ force: true, at: 1000 },
		]);
		stop.abort();
		await done;
	});

	it('keeps what was asked for through failures, and who asks again waits a second at most', async () => {
		const { clock, fetches, fetched, stop, done } = start([
			PROBLEM,
			PROBLEM,
			PROBLEM,
			PROBLEM,
			PROBLEM,
			{ kind: 'stored' },
		]);
		fetches.ask({ force: true });
		await clock.advance(9000); // in the pause of eight seconds
		fetches.ask(PLAIN);
		await clock.advance(10_000);
		expect(fetched.map(({ at }) => at)).to.deep.equal([0, 1100, 3200, 7300, 9000, 10_100]);
		expect(fetched.every(({ force }) => force)).to.equal(true);
		stop.abort();
		await done;
	});

	it('waits as long as the cloud asks, also when another fetch is asked for', async () => {
		const busy: PollOutcome = { kind: 'problem', problem: 'rate-limited', retryAfterMs: 30_000 };
		const { clock, fetches, times, stop, done } = start([busy, { kind: 'stored' }]);
		fetches.ask(PLAIN);
		await clock.advance(5000);
		fetches.ask(PLAIN);
		await clock.advance(60_000);
		expect(times()).to.deep.equal([0, 30_100]);
		stop.abort();
		await done;
	});
});
