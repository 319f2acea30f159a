import { expect } from 'chai';
import { decideRun } from '../../../../src/application-manager/planner/drift.ts';
import type { ContainerView, RunState, ServiceSpec } from '../../../../src/domain/service.ts';

describe('drift table', () => {
	const decide = (
		runState: RunState,
		restart: string,
		options: { exitCode?: number; error?: string; running?: boolean } = {},
	) =>
		decideRun(
			// Only the run state matters here.
			{ runState, exitCode: options.exitCode ?? 0, stateError: options.error ?? '' } as unknown as ContainerView,
			{ running: options.running ?? true, config: { restart } } as unknown as ServiceSpec,
		);

	it('starts what was created and never started', () => {
		expect(decide('created', 'no')).to.equal('start');
	});

	it('leaves what runs or is restarted by the engine', () => {
		expect(['running', 'paused', 'restarting'].map((state) => decide(state as RunState, 'always'))).to.deep.equal([
			'nothing',
			'nothing',
			'nothing',
		]);
	});

	it('starts a service again that another hand stopped', () => {
		expect(decide('exited', 'always', { exitCode: 143 })).to.equal('start');
		expect(decide('exited', 'unless-stopped')).to.equal('start');
		expect(decide('exited', 'on-failure', { exitCode: 1 })).to.equal('start');
	});

	it('planner #37: leaves a job that has ended', () => {
		expect(decide('exited', 'no', { exitCode: 1 })).to.equal('nothing');
		expect(decide('exited', 'on-failure', { exitCode: 0 })).to.equal('nothing');
	});

	it('planner #38: starts what came before its network interface', () => {
		const error =
			'driver failed: Error starting userland proxy: listen tcp4 10.0.0.5:80: bind: cannot assign requested address';
		expect(decide('exited', 'no', { exitCode: 128, error })).to.equal('start');
	});

	it('planner #35, #36: stops what shall not run and leaves what does not', () => {
		const states: readonly RunState[] = ['created', 'running', 'paused', 'restarting', 'exited'];
		expect(states.map((state) => decide(state, 'always', { running: false }))).to.deep.equal([
			'nothing',
			'stop',
			'stop',
			'stop',
			'nothing',
		]);
	});
});
