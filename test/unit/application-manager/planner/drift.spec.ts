import { expect } from 'chai';
import { decideRun } from '../../../../src/application-manager/planner/drift.ts';
import type { ContainerView, RunState, ServiceSpec } from '../../../../src/domain/service.ts';

describe('drift table', () => {
	const decide = (
		runState: RunState,
		restart: string,
		options: {
			exitCode?: number;
			restartCount?: number;
			error?: string;
			running?: boolean;
			localMode?: boolean;
			isStopped?: boolean;
			/** When the container was started last as the request saw it. */
			startOf?: string;
		} = {},
	) =>
		decideRun(
			// Only the run state matters here.
			{
				containerId: 'c1',
				startedAt: 't1',
				runState,
				exitCode: options.exitCode ?? 0,
				restartCount: options.restartCount ?? 0,
				stateError: options.error ?? '',
			} as unknown as ContainerView,
			{ running: options.running ?? true, config: { restart } } as unknown as ServiceSpec,
			{
				requests: {
					stopped: new Set(options.isStopped === true ? ['c1'] : []),
					starts: new Map(options.startOf === undefined ? [] : [['c1', options.startOf]]),
				},
				facts: { localMode: options.localMode ?? false },
			},
		);

	it('starts what was created and never started', () => {
		expect(decide('created', 'no')).to.equal('start');
	});

	it('leaves what runs or is restarted by the engine', () => {
		expect(['running', 'restarting'].map((state) => decide(state as RunState, 'always'))).to.deep.equal([
			'nothing',
			'nothing',
		]);
	});

	it('unpauses what was paused outside the supervisor', () => {
		expect(decide('paused', 'no')).to.equal('unpause');
	});

	it('leaves to live push what it stops, but not what it never started', () => {
		const states: readonly RunState[] = ['created', 'paused', 'exited'];
		const decided = states.map((state) => decide(state, 'always', { localMode: true }));
		expect(decided).to.deep.equal(['start', 'nothing', 'nothing']);
	});

	it('keeps stopped what was asked to stop, whatever its restart policy', () => {
		const states: readonly RunState[] = ['created', 'running', 'paused', 'restarting', 'exited'];
		const decided = states.map((state) => decide(state, 'always', { isStopped: true }));
		expect(decided).to.deep.equal(['nothing', 'stop', 'stop', 'stop', 'nothing']);
	});

	it('starts what was asked to start, once', () => {
		expect(decide('exited', 'no', { startOf: 't1' })).to.equal('start');
		expect(decide('exited', 'no', { startOf: 't1', localMode: true })).to.equal('start');
		expect(decide('exited', 'no', { startOf: 't0' }), 'started since').to.equal('nothing');
	});

	it('starts a service again that was stopped outside the supervisor', () => {
		expect(decide('exited', 'always', { exitCode: 143 })).to.equal('start');
		expect(decide('exited', 'unless-stopped')).to.equal('start');
		expect(decide('exited', 'on-failure', { exitCode: 1 })).to.equal('start');
		expect(decide('exited', 'on-failure:3', { exitCode: 143, restartCount: 2 }), 'stopped').to.equal('start');
	});

	it('planner #37: leaves a job that has ended', () => {
		expect(decide('exited', 'no', { exitCode: 1 })).to.equal('nothing');
		expect(decide('exited', 'on-failure', { exitCode: 0 })).to.equal('nothing');
		expect(decide('exited', 'on-failure:3', { exitCode: 1, restartCount: 3 }), 'tried often enough').to.equal(
			'nothing',
		);
		expect(decide('exited', 'on-failure:3', { exitCode: 0, restartCount: 1 })).to.equal('nothing');
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
