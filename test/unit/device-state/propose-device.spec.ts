import { expect } from 'chai';
import { proposeDevice } from '../../../src/device-state/planner/propose-device.ts';
import type { ComposedApp } from '../../../src/domain/target.ts';
import { Presenter } from '../../model/present.ts';
import { NO_CHANGES } from '../../support/device-config.ts';
import { runOf } from '../../model/run.ts';
import type { State } from '../../model/state.ts';

describe('the plan of a device', () => {
	const run = runOf('an app without services', {
		a: { flavour: 'dropped' },
		b: { flavour: 'dropped' },
		c: { flavour: 'dropped' },
	});
	const none = { old: false, new: false, oldRow: false, newRow: 'none' } as const;
	const settled: State = {
		boxes: [],
		pics: { a: { ...none, old: true, oldRow: true }, b: none, c: none },
		net: 'right',
		spare: false,
		vol: 'right',
		held: 'none',
		theirs: false,
		pausing: false,
		commit: true,
		reboot: 'none',
		request: 'none',
		kept: '',
		unsteady: false,
	};
	const policy = {
		maxPulls: 4,
		maxSteps: 8,
		keepImages: false,
		keepVolumes: false,
		ownImage: 'own',
		force: false,
		localMode: false,
	};
	const moment = { now: 0, busy: [], paused: new Map(), history: { hasSettled: false } };

	/** App 1 has an image that it no longer needs; app 2 may still have one to fetch. */
	const kindsWith = (others: readonly ComposedApp[]) => {
		const presenter = new Presenter(run);
		const target = presenter.target(settled);
		const proposals = proposeDevice(
			presenter.current(settled),
			{ ...target, apps: [...target.apps, ...others] },
			{ policy, requests: [], config: NO_CHANGES, ...moment },
		);
		return proposals.map(({ step }) => step.step.kind);
	};

	it('planner P18: nothing else is begun while the device leaves local mode', () => {
		const presenter = new Presenter(run);
		const left = { ...presenter.current(settled), localMode: { snapshot: true, apps: false } };
		const options = { policy, requests: [], config: NO_CHANGES, ...moment };
		const [first, ...others] = proposeDevice(left, presenter.target(settled), options);
		expect(first?.step.step.kind).to.equal('leaveLocalMode');
		expect(others.every(({ because }) => because !== undefined)).to.equal(true);
		const isIn = { ...options, policy: { ...policy, localMode: true } };
		const kinds = proposeDevice(left, presenter.target(settled), isIn).map(({ step }) => step.step.kind);
		expect(kinds).not.to.include('leaveLocalMode');
	});

	it('device-api 3.5: neither a forced update nor the lock override reboots a device whose system is being updated', () => {
		const presenter = new Presenter(run);
		const rebootWith = (force: boolean) => {
			const request = { id: 'r', body: { kind: 'reboot' } as const, force, state: 'open' as const, since: 0 };
			const options = { policy: { ...policy, force: true }, requests: [request], config: NO_CHANGES, ...moment };
			const proposals = proposeDevice(presenter.current(settled), presenter.target(settled), options);
			return proposals.find(({ step }) => step.step.kind === 'reboot')?.step.step;
		};
		expect(rebootWith(false)).to.include({ force: true, duringHostUpdate: false });
		expect(rebootWith(true)).to.include({ force: true, duringHostUpdate: true });
	});

	it('planner I14: forgets the images of one app only when no other one is fetching', () => {
		expect(kindsWith([])).to.deep.equal(['forgetImage']);
		const [other] = new Presenter(runOf('to be fetched', {})).target({
			...settled,
			pics: { a: none, b: none, c: none },
		}).apps;
		if (other?.state !== 'ready') {
			throw new Error('the app is ready');
		}
		const services = other.spec.services.map((service) => ({
			...service,
			identity: { ...service.identity, appId: 2 },
		}));
		const spec = { ...other.spec, appId: 2, services, networks: [], volumes: [] };
		const kinds = kindsWith([{ state: 'ready', appId: 2, spec }]);
		expect(kinds).to.include('pullImage').and.not.to.include('forgetImage');
	});

	it('planner I13: takes a download for an update where the app has an image already', () => {
		const presenter = new Presenter(run);
		const [other] = new Presenter(runOf('to be fetched', {})).target({
			...settled,
			pics: { a: none, b: none, c: none },
		}).apps;
		if (other?.state !== 'ready') {
			throw new Error('the app is ready');
		}
		const updates = [1, 2].map((appId) => {
			const services = other.spec.services.map((service) => ({
				...service,
				identity: { ...service.identity, appId },
			}));
			const target = {
				...presenter.target(settled),
				apps: [{ ...other, appId, spec: { ...other.spec, appId, services } }],
			};
			const proposals = proposeDevice(presenter.current(settled), target, {
				policy,
				requests: [],
				config: NO_CHANGES,
				...moment,
			});
			const pulls = proposals.filter(({ step }) => step.step.kind === 'pullImage');
			expect(pulls).to.not.deep.equal([]);
			return pulls.map(({ step }) => step.isUpdate === true);
		});
		expect(updates.map((all) => [...new Set(all)])).to.deep.equal([[true], [false]]);
	});
});
