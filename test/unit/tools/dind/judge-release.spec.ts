import { expect } from 'chai';
import type { ServiceContainer } from '../../../../tools/dind/containers.ts';
import { BEGINNING, judgeRelease } from '../../../../tools/dind/judge-release.ts';
import type { Judgement, Look } from '../../../../tools/dind/judge-release.ts';

const STABLE_MS = 10_000;
const NEVER = '0001-01-01T00:00:00Z';

const container = (changes: Partial<ServiceContainer> = {}): ServiceContainer => ({
	...{ id: 'c1', name: 'web_1_1_abc', service: 'web', commit: 'abc', state: 'running', since: undefined },
	...{ exitCode: 0, health: undefined, restarts: 0, startedAt: '2026-01-01T00:00:00Z', ports: [] },
	...changes,
});
const look = (atMs: number, changes: Partial<Look> = {}): Look => ({
	...{ atMs, isApplied: true, isRejected: false, containers: [container()], reasons: [] },
	...{ serviceReasons: {}, appReason: undefined },
	...changes,
});
const judge = (looks: readonly Look[], stableMs = STABLE_MS): Judgement['verdict'] =>
	looks.reduce((before, next) => judgeRelease(before, next, stableMs), BEGINNING).verdict;

describe('a release has ended', () => {
	it('well, when it ran for ten seconds without a change', () => {
		expect(judge([look(0), look(1_000), look(10_900)])).to.deep.equal({ kind: 'settling' });
		expect(judge([look(0), look(1_000), look(11_000)])).to.deep.equal({ kind: 'stable' });
	});

	it('well at once, where no wait is asked for', () => {
		expect(judge([look(0)], 0)).to.deep.equal({ kind: 'stable' });
		expect(judge([look(0, { isApplied: false })], 0)).to.deep.equal({ kind: 'wait' });
	});

	it('not yet, while something changes', () => {
		const again = [container({ startedAt: '2026-01-01T00:00:09Z' })];
		expect(
			judge([look(0), look(1_000), look(9_000, { containers: again }), look(12_000, { containers: again })]),
		).to.deep.equal({
			kind: 'settling',
		});
	});

	it('not at all by one restart, of a service that came up before its database', () => {
		const once = (atMs: number) =>
			look(atMs, { containers: [container({ restarts: 1, startedAt: '2026-01-01T00:00:01Z' })] });
		expect(judge([look(0), once(1_000), once(2_000), once(12_000)])).to.deep.equal({ kind: 'stable' });
	});

	it('badly, when the engine starts a service again and again', () => {
		const crashed = look(2_000, { containers: [container({ restarts: 3, exitCode: 7, state: 'restarting' })] });
		expect(judge([look(0), crashed])).to.deep.equal({ kind: 'failed', reason: 'web ends by itself (exit code 7)' });
		const said = { ...crashed, serviceReasons: { web: 'web is killed for its memory' } };
		expect(judge([look(0), said])).to.deep.equal({ kind: 'failed', reason: 'web is killed for its memory' });
	});

	it('badly, when the supervisor starts it again and again, and the first start counts for nothing', () => {
		const at = (startedAt: string) => look(0, { isApplied: false, containers: [container({ startedAt })] });
		const starts = [NEVER, '1', '2', '3'].map(at);
		expect(judge(starts).kind).to.equal('wait');
		expect(judge([...starts, at('4')]).kind).to.equal('failed');
	});

	it('not by restarts from before', () => {
		const before = (atMs: number) => look(atMs, { containers: [container({ restarts: 50 })] });
		expect(judge([before(0), before(1_000), before(11_000)])).to.deep.equal({ kind: 'stable' });
	});

	it('badly, when a step fails for half a minute', () => {
		const reasons = [{ kind: 'failing', text: 'web: startContainer failed: no device' }] as const;
		const failing = (atMs: number) => look(atMs, { isApplied: false, reasons });
		expect(judge([failing(0), failing(29_000)])).to.deep.equal({ kind: 'wait' });
		expect(judge([failing(0), look(10_000, { isApplied: false }), failing(20_000), failing(31_000)])).to.deep.equal({
			kind: 'wait',
		});
		expect(judge([failing(0), { ...failing(30_000), appReason: 'web cannot start' }])).to.deep.equal({
			...{ kind: 'failed', reason: 'web cannot start' },
		});
	});

	it('never, while a lock is held', () => {
		const locked = (atMs: number) => look(atMs, { isApplied: false, reasons: [{ kind: 'locked', text: 'locked' }] });
		expect(judge([locked(0), locked(1_000_000)])).to.deep.equal({ kind: 'wait' });
	});

	it('badly, when it is refused, and not for what the device still says of the one before', () => {
		const rejected = (atMs: number) => look(atMs, { isApplied: false, isRejected: true, appReason: 'no port' });
		expect(judge([rejected(0), rejected(1_000)])).to.deep.equal({ kind: 'wait' });
		expect(judge([rejected(0), rejected(2_000)])).to.deep.equal({
			...{ kind: 'rejected', reason: 'The device refuses the release: no port' },
		});
		const refused = look(0, {
			isApplied: false,
			reasons: [{ kind: 'refused', text: 'The device refuses its target: x' }],
		});
		expect(judge([refused])).to.deep.equal({ kind: 'rejected', reason: 'The device refuses its target: x' });
	});

	it('badly, when a health check fails for ten seconds', () => {
		const sick = (atMs: number) => look(atMs, { containers: [container({ health: 'unhealthy' })] });
		expect(judge([sick(0), sick(9_000)])).to.deep.equal({ kind: 'settling' });
		expect(judge([sick(0), sick(10_000)])).to.deep.equal({
			...{ kind: 'failed', reason: 'web runs, and its health check fails' },
		});
	});

	it('badly with an end that the device complains about, well with one that its user wants', () => {
		const ended = (atMs: number) => look(atMs, { containers: [container({ state: 'exited', exitCode: 9 })] });
		expect(judge([ended(0), ended(1_000), ended(11_000)])).to.deep.equal({ kind: 'stable' });
		const said = { ...ended(11_000), serviceReasons: { web: 'web has ended (exit code 9)' } };
		expect(judge([ended(0), ended(1_000), said])).to.deep.equal({
			...{ kind: 'failed', reason: 'web has ended (exit code 9)' },
		});
	});
});
