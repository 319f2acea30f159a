import { expect } from 'chai';
import { proposeDevice } from '../../../src/device-state/planner/propose-device.ts';
import type { CurrentState } from '../../../src/domain/current.ts';
import type { ComposedApp, TargetState } from '../../../src/domain/target.ts';
import { Presenter } from '../../model/present.ts';
import { NO_CHANGES } from '../../support/device-config.ts';
import { runOf } from '../../model/run.ts';
import type { State } from '../../model/state.ts';

/** An app with a network, a volume and services, of which nothing is on the device. */
const NOTHING: State = {
	boxes: [],
	pics: Object.fromEntries(
		['a', 'b', 'c'].map((name) => [name, { old: false, new: false, oldRow: false, newRow: 'none' }]),
	) as State['pics'],
	net: 'absent',
	spare: false,
	vol: 'absent',
	held: 'none',
	theirs: false,
	pausing: false,
	commit: false,
	reboot: 'none',
	request: 'none',
	kept: '',
	unsteady: false,
};
const policy = {
	...{ maxPulls: 4, maxSteps: 8, keepImages: false, keepVolumes: false },
	...{ ownImage: 'own', force: false, localMode: false },
};
const moment = { now: 0, busy: [], paused: new Map(), history: { hasSettled: false } };

describe('the plan of a device with a backup of an earlier system', () => {
	const presenter = new Presenter(runOf('to be fetched', {}));
	const target = presenter.target(NOTHING);
	const current: CurrentState = { ...presenter.current(NOTHING), hasMigrationBackup: true };
	const app = target.apps[0];
	if (app?.state !== 'ready') throw new Error('the app is ready');
	const { spec } = app;
	const plan = (now: CurrentState, wanted: TargetState) =>
		proposeDevice(now, wanted, { policy, requests: [], config: NO_CHANGES, ...moment }).map(({ step, because }) => ({
			step: step.step,
			because,
		}));
	const kinds = (steps: ReturnType<typeof plan>) => steps.map(({ step }) => step.kind);

	it('restores first, while images come, and creates nothing of the app before that is done', () => {
		const steps = plan(current, target);
		const restore = steps.find(({ step }) => step.kind === 'restoreVolumes');
		expect(restore?.because).to.equal(undefined);
		expect(restore?.step).to.deep.include({ appId: spec.appId, volumes: spec.volumes });
		const free = steps.filter(({ because }) => because === undefined);
		expect(new Set(kinds(free))).to.deep.equal(new Set(['restoreVolumes', 'recordImage']));
		expect(kinds(steps)).to.include('createVolume').and.include('createNetwork');
		const later = steps.find(({ step }) => step.kind === 'createVolume');
		expect(later?.because?.kind).to.equal('busy');
	});

	it('restores nothing once it is gone', () => {
		expect(kinds(plan({ ...current, hasMigrationBackup: false }, target))).not.to.include('restoreVolumes');
	});

	it('leaves an app alone that has begun already, and one that is not there', () => {
		const box = { id: '0', svc: 'a', release: 1, aside: false, made: 'old', run: 'running', rank: 0 } as const;
		const flags = {
			started: true,
			ready: true,
			failed: false,
			young: false,
			temp: 0,
			data: '',
			joined: '',
			cut: false,
			quiet: false,
		} as const;
		const begun = presenter.current({ ...NOTHING, net: 'right', vol: 'right', boxes: [{ ...box, ...flags }] });
		const steps = plan({ ...begun, hasMigrationBackup: true }, target);
		expect(steps).not.to.have.lengthOf(0);
		expect(kinds(steps)).not.to.include('restoreVolumes');
		expect(kinds(plan(current, { ...target, apps: [] }))).not.to.include('restoreVolumes');
	});

	it('takes the first app that has volumes, and delays no other', () => {
		const bare: ComposedApp = { state: 'ready', appId: 2, spec: { ...spec, appId: 2, services: [], volumes: [] } };
		const steps = plan(current, { ...target, apps: [bare, ...target.apps] });
		const restores = steps.filter(({ step }) => step.kind === 'restoreVolumes');
		expect(restores.map(({ step }) => 'appId' in step && step.appId)).to.deep.equal([spec.appId]);
		const others = steps.filter(({ step }) => 'appId' in step && step.appId === 2);
		expect(others.some(({ because }) => because === undefined)).to.equal(true);
	});
});
