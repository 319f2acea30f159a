import { expect } from 'chai';
import { describeStatus } from '../../../../tools/dind/describe-status.ts';
import { chooseExitStatus, composeStatus } from '../../../../tools/dind/device-status.ts';
import type { StatusFacts } from '../../../../tools/dind/device-status.ts';
import { COLUMNS, plain } from '../../../../tools/dind/terminal.ts';

const COMMIT = '8ebe9dd8fb3ea64f3596c0d15bd29771';
const FORMER = '38783759e6084de126a23371dd5516ba';
const NOW = Date.parse('2026-01-02T10:00:00Z');
const CRASH = 'web ends by itself (exit code 7), and the engine starts it again';
const WHY = { reason: CRASH, since: '2026-01-02T09:55:00Z', next_try: '2026-01-02T10:00:09Z' };

const web = { status: 'Running' };
const app = (changes: object = {}) => ({ commit: COMMIT, updateStatus: 'done', services: { web }, ...changes });
const container = {
	...{ id: 'c', name: `web_1_1_${COMMIT}`, service: 'web', commit: COMMIT, state: 'running', exitCode: 0 },
	...{ since: '2026-01-02T09:58:30Z', health: 'healthy', restarts: 0, startedAt: '2026-01-02T09:58:30Z' },
	ports: [{ address: '0.0.0.0', port: 8080, portInside: 80, protocol: 'tcp' }],
};
const facts = (changes: Partial<StatusFacts> = {}): StatusFacts => ({
	...{ engine: { isUp: true, socketPath: '/d/docker.sock' }, cloud: 'up', cloudTarget: COMMIT },
	...{ supervisor: { health: 'healthy', address: 'http://127.0.0.1:48484' }, problems: [], containers: [container] },
	...{ status: { appState: 'applied', release: COMMIT }, applications: { sample: app() } },
	forwards: [{ address: '127.0.0.1:8080', service: 'web', port: 8080, on: '0.0.0.0' }],
	...changes,
});
const describe80 = (changes?: Partial<StatusFacts>) => {
	const lines = describeStatus(composeStatus(facts(changes)), { now: NOW, paint: plain });
	for (const line of lines) expect(line.length, line).to.be.at.most(COLUMNS);
	return lines;
};

describe('the status of a device', () => {
	it('is on target when its release runs and nothing is wrong with it', () => {
		expect(chooseExitStatus(composeStatus(facts()))).to.equal(0);
		expect(describe80()).to.deep.equal([
			'device      on target',
			`wanted      ${COMMIT}, applied`,
			`running     ${COMMIT}`,
			'engine      up, /d/docker.sock',
			'cloud       up',
			'supervisor  healthy, http://127.0.0.1:48484',
			'services',
			'  service  state    since  health   release   ports',
			'  web      running  90 s   healthy  8ebe9dd8  8080->80',
			'ports',
			'  127.0.0.1:8080  web, port 8080 of the device',
		]);
	});

	it('is not on target in a crash loop, and says why, since when and what comes next', () => {
		const services = { web: { ...web, ...WHY } };
		const crash = {
			applications: { sample: app({ ...WHY, services }) },
			status: { appState: 'applied', release: COMMIT, ...WHY },
		};
		const crashed = { ...crash, containers: [{ ...container, state: 'restarting', exitCode: 7, health: undefined }] };
		expect(chooseExitStatus(composeStatus(facts(crashed)))).to.equal(3);
		expect(describe80(crashed).slice(0, 3)).to.deep.equal([
			'device      not on target since 09:55:00 UTC (5 min)',
			'            web ends by itself (exit code 7), and the engine starts it again;',
			'            next try in 9 s',
		]);
		expect(describe80(crashed)).to.include('  web      restarting (7)  90 s   -       8ebe9dd8  8080->80');
	});

	it('says of each service why it is not well', () => {
		const services = { web: { ...web, ...WHY }, db: { status: 'Downloading' } };
		const applications = { sample: app({ services }) };
		const lines = describe80({ applications, status: { appState: 'applying', release: FORMER } });
		expect(lines.join('\n')).to.match(/\n {4}web ends by itself .*\n {4}09:55:00 UTC \(5 min\); next try in 9 s\n/);
		expect(lines).to.include('  db       downloading  -      -        -         -');
		expect(lines).to.include(`wanted      ${COMMIT}, applying`).and.to.include(`running     ${FORMER}`);
	});

	for (const [what, changes, reason] of [
		['whose engine is away', { engine: { isUp: false, socketPath: '' } }, 'the engine does not answer'],
		[
			'whose supervisor is away',
			{ supervisor: { health: 'does not answer', address: '' }, status: undefined, applications: undefined },
			'the supervisor does not answer',
		],
		[
			'that refuses its target',
			{ cloudTarget: FORMER, problems: [{ kind: 'refused', text: 'refused: x' }] },
			'refused: x',
		],
		['that has not asked its cloud yet', { cloudTarget: FORMER }, 'the device has not fetched its target yet'],
		['that is changing', { status: { appState: 'applying' } }, 'the device is changing to its release'],
		['whose release is rejected', { applications: { sample: app({ updateStatus: 'rejected', reason: 'no' }) } }, 'no'],
	] as const satisfies readonly (readonly [string, Partial<StatusFacts>, string])[]) {
		it(`is not on target for a device ${what}`, () => {
			const status = composeStatus(facts(changes));
			expect([chooseExitStatus(status), status.reason]).to.deep.equal([3, reason]);
		});
	}

	it('is on target with nothing to run, and with a volume that only could be another', () => {
		const nothing = { cloudTarget: undefined, applications: {}, status: { appState: 'applied' }, containers: [] };
		expect(chooseExitStatus(composeStatus(facts(nothing)))).to.equal(0);
		const volume = { applications: { sample: app({ reason: 'volume data has other labels' }) } };
		expect(chooseExitStatus(composeStatus(facts(volume)))).to.equal(0);
	});

	it('is that of no device, and of one that was kept', () => {
		const texts = (['none', 'kept'] as const).map((device) => {
			const status = { device, on_target: false };
			return [chooseExitStatus(status), describeStatus(status, { now: NOW, paint: plain }).length];
		});
		expect(texts).to.deep.equal([
			[4, 1],
			[4, 1],
		]);
	});

	it('leaves out failures in the log that the device tells in fewer words', () => {
		const problems = [{ kind: 'failing', text: 'web: startContainer failed' }] as const;
		expect(composeStatus(facts({ problems })).problems).to.deep.equal([]);
		const applying = { problems, status: { appState: 'applying' } };
		expect(composeStatus(facts(applying)).problems).to.have.lengthOf(1);
		expect(composeStatus(facts({ ...applying, status: { appState: 'applying', ...WHY } })).problems).to.deep.equal([]);
	});
});
