import { expect } from 'chai';
import { findDone, findFailed, type StepFailure } from '../../../../src/device-state/requests/index.ts';
import { supersededBy } from '../../../../src/device-state/requests/superseded-by.ts';
import type { CurrentState } from '../../../../src/domain/current.ts';
import type { ProposedStep, Proposal } from '../../../../src/domain/plan.ts';
import type { RequestBody, UpdateRequest } from '../../../../src/domain/request.ts';
import type { RunState } from '../../../../src/domain/service.ts';
import type { TargetState } from '../../../../src/domain/target.ts';
import type { Step } from '../../../../src/domain/step.ts';

const request = (body: RequestBody, more: Partial<UpdateRequest> = {}): UpdateRequest => ({
	id: 'r',
	body,
	force: false,
	state: 'open',
	since: 100,
	...more,
});
const restart = request({ kind: 'restartApp', appId: 1, containers: ['c1'] });
const stop = request({ kind: 'stopService', appId: 1, serviceName: 'web', containerId: 'c1' });

function stepOf(step: Step): ProposedStep {
	return { id: step.kind, step, reason: '', footprint: { writes: [], reads: [] }, interruptible: false };
}
const proposed = (step: Step): Proposal => ({ step: stepOf(step) });

/** As far as judging looks. */
function stateOf(
	options: {
		proposals?: readonly Proposal[];
		busy?: readonly ProposedStep[];
		runState?: RunState;
		shuttingDown?: boolean;
		volumes?: CurrentState['volumes'];
	} = {},
) {
	const containers = options.runState === undefined ? [] : [{ containerId: 'c1', runState: options.runState }];
	const current = {
		apps: [{ appId: 1, containers }],
		volumes: options.volumes ?? [],
		host: { shuttingDown: options.shuttingDown ?? false },
	} as unknown as CurrentState;
	return { current, proposals: options.proposals ?? [], busy: options.busy ?? [] };
}
/** As far as judging looks. */
const target = {
	apps: [
		{
			state: 'ready',
			appId: 1,
			spec: { services: [{ identity: { serviceName: 'web' }, networks: ['u_front'], volumes: ['1_data'] }] },
		},
	],
} as unknown as TargetState;
const outcomes = (one: UpdateRequest, options?: Parameters<typeof stateOf>[0]) =>
	findDone([one], stateOf(options)).map(({ outcome }) => outcome.kind);

describe('requests', () => {
	it('are done when nothing is left to do for their app', () => {
		expect(outcomes(restart)).to.deep.equal(['done']);
		expect(outcomes(restart, { proposals: [proposed({ kind: 'releaseLock', appId: 1 })] })).to.deep.equal(['done']);
		expect(outcomes(restart, { proposals: [proposed({ kind: 'releaseLock', appId: 2 })] })).to.deep.equal(['done']);
		const create = { kind: 'removeVolume', appId: 1, name: 'v', volumeName: 'v' } as const;
		expect(outcomes(restart, { proposals: [proposed(create)] })).to.deep.equal([]);
		expect(outcomes(restart, { busy: [stepOf(create)] })).to.deep.equal([]);
	});

	it('to stop hold once the container has stopped, and end with it', () => {
		expect(outcomes(stop, { runState: 'running' })).to.deep.equal([]);
		expect(outcomes(stop, { runState: 'exited' })).to.deep.equal(['holding']);
		expect(outcomes(stop)).to.deep.equal(['done']);
		const holding = { ...stop, state: 'holding' } as const;
		expect(outcomes(holding, { runState: 'exited' })).to.deep.equal([]);
		expect(outcomes(holding)).to.deep.equal(['superseded']);
	});

	it('to go down hold once the system was asked to, because it may refuse', () => {
		expect(outcomes(request({ kind: 'reboot' }))).to.deep.equal([]);
		for (const kind of ['reboot', 'shutdown'] as const) {
			expect(outcomes(request({ kind }), { shuttingDown: true })).to.deep.equal(['holding']);
			expect(outcomes({ ...request({ kind }), state: 'holding' }, { shuttingDown: true })).to.deep.equal([]);
			expect(outcomes({ ...request({ kind }), state: 'holding' })).to.deep.equal([]);
		}
	});

	it('for volumes are done when these are gone', () => {
		const cleanup = request({ kind: 'cleanupVolumes', volumes: ['v'] });
		expect(outcomes(cleanup, { volumes: ['v'] })).to.deep.equal([]);
		expect(outcomes(cleanup, { volumes: ['w'] })).to.deep.equal(['done']);
	});

	it('about the host are done when their change was carried out, and fail with their own step only', () => {
		const change = { hostname: 'h' };
		const first: UpdateRequest = { ...request({ kind: 'changeHostConfig', change }), id: 'one' };
		const second: UpdateRequest = { ...first, id: 'two' };
		const done = (lastChange?: string) => {
			const current = { host: { lastChange } } as unknown as CurrentState;
			return findDone([first, second], { current, proposals: [], busy: [] }).map(({ request: { id } }) => id);
		};
		expect(done()).to.deep.equal([]);
		expect(done('two')).to.deep.equal(['two']);
		const failure = {
			kind: 'changeHostConfig',
			owner: 'device',
			code: 'updates-locked',
			error: 'no',
			at: 999,
		} as const;
		const failed = findFailed([first, second], [{ ...failure, id: 'changeHostConfig two 0f' }], undefined);
		expect(failed.map(({ request: { id } }) => id)).to.deep.equal(['two']);
	});

	it('fail with the first step that fails for them since they came', () => {
		const failure = {
			id: 'takeLock 1 0',
			owner: 'app/1',
			kind: 'takeLock',
			code: 'updates-locked',
			error: 'locked',
			at: 100,
		} as const;
		const failed = (one: UpdateRequest, more: Partial<typeof failure> & { at?: number } = {}) =>
			findFailed([one], [{ ...failure, ...more }], target).map(({ outcome }) => outcome);
		expect(failed(restart)).to.deep.equal([{ kind: 'failed', code: 'updates-locked', message: 'locked' }]);
		expect(failed(restart, { at: 99 } as never)).to.deep.equal([]);
		expect(failed(request({ kind: 'restartApp', appId: 2, containers: [] }))).to.deep.equal([]);
		expect(failed(request({ kind: 'reboot' }))).to.deep.equal([]);
		expect(failed(request({ kind: 'reboot' }), { owner: 'device', kind: 'reboot' } as never)).to.have.length(1);
		expect(failed({ ...stop, state: 'holding' })).to.deep.equal([]);
	});

	it('about one service fail with what that service needs, and not with its siblings', () => {
		const service = request({ kind: 'restartService', appId: 1, serviceName: 'web', containers: ['c1'] });
		const failure = {
			id: 's',
			owner: 'app/1',
			kind: 'startContainer',
			code: 'engine-failed',
			error: 'no',
			at: 100,
		} as const;
		const fails = (one: UpdateRequest, more: Partial<StepFailure>) =>
			findFailed([one], [{ ...failure, ...more }], target).length === 1;
		expect(fails(service, { serviceName: 'web' })).to.equal(true);
		expect(fails(service, { serviceName: 'db' })).to.equal(false);
		expect(fails(stop, { serviceName: 'db' })).to.equal(false);
		expect(fails(service, { kind: 'createNetwork', part: 'u_front' })).to.equal(true);
		expect(fails(service, { kind: 'createNetwork', part: 'u_back' })).to.equal(false);
		expect(fails(service, { kind: 'createVolume', part: '1_data' })).to.equal(true);
		expect(fails(service, { kind: 'takeLock' })).to.equal(true);
		expect(fails(restart, { serviceName: 'db' })).to.equal(true);
	});

	it('take the place of earlier ones about the same', () => {
		const service = { appId: 1, serviceName: 'web', containerId: 'c1' };
		const replaced = (body: RequestBody, earlier: RequestBody) => supersededBy(body, [request(earlier)]).length === 1;
		expect(replaced(restart.body, stop.body)).to.equal(true);
		expect(replaced({ kind: 'startService', ...service }, stop.body)).to.equal(true);
		expect(replaced({ kind: 'startService', ...service, serviceName: 'db' }, stop.body)).to.equal(false);
		expect(replaced({ kind: 'startService', ...service }, restart.body)).to.equal(false);
		expect(replaced({ ...service, kind: 'stopService', appId: 2 }, stop.body)).to.equal(false);
		expect(replaced({ kind: 'reboot' }, { kind: 'reboot' })).to.equal(false);
	});
});
