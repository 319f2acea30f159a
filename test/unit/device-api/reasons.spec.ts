import { expect } from 'chai';
import { Access } from '../../../src/device-api/access.ts';
import { viewApplications } from '../../../src/device-api/views/applications.ts';
import { ReasonViewer } from '../../../src/device-api/views/reasons.ts';
import { viewState } from '../../../src/device-api/views/state.ts';
import type { Reason } from '../../../src/domain/reason.ts';
import { deviceStatus, target } from './device-status.ts';

const FAILED = { kind: 'backoff', until: 9000, failures: 1, error: 'KEY' } as const;
const REFUSED = { kind: 'rejected', path: '', message: 'is refused' } as const;
const REASONS: readonly Reason[] = [
	{
		appId: 1,
		serviceName: 'web',
		kind: 'backoff',
		finding: FAILED,
		sentence: 'web cannot start: KEY',
		since: -5000,
		nextTry: 9000,
	},
	{ appId: 2, kind: 'rejected', finding: REFUSED, sentence: 'the release of second is refused', since: -1000 },
	{ kind: 'backoff', finding: FAILED, sentence: 'an old image cannot be removed: of first', since: 0 },
];
const FIRST = {
	...{ reason: 'web cannot start: ***', since: '1969-12-31T23:59:55.000Z', next_try: '1970-01-01T00:00:09.000Z' },
};
const SECOND = { reason: 'the release of second is refused', since: '1969-12-31T23:59:59.000Z' };
const DEVICE = { reason: 'an old image cannot be removed: of first', since: '1970-01-01T00:00:00.000Z' };

describe('why something is not on target', () => {
	const ofDevice = new Access([{ type: 'global' }]);
	const ofSecond = new Access([{ type: 'app', appId: 2 }]);
	const clocks = { now: 0, wall: 0 };
	const viewer = () =>
		new ReasonViewer({
			now: () => clocks.now,
			wall: () => new Date(clocks.wall),
			redact: (text) => text.replaceAll('KEY', '***'),
		});
	const state = (reasons: readonly Reason[], access = ofDevice, from = viewer()) =>
		viewState({ ...deviceStatus, reasons }, access, from);
	const apps = (reasons: readonly Reason[], access = ofDevice) =>
		viewApplications({ ...deviceStatus, reasons }, target.apps, access, viewer());
	beforeEach(() => Object.assign(clocks, { now: 0, wall: 0 }));

	it('is nothing on target', () => {
		expect(state([])).not.to.have.any.keys('reason', 'since', 'next_try', 'services');
	});

	it('is shown of the app and of each service, with its times and without keys', () => {
		expect(state(REASONS)).to.deep.include({ ...FIRST, services: { web: FIRST } });
		const { first, second } = apps(REASONS);
		expect(first).to.deep.include(FIRST);
		expect(first).to.have.nested.property('services.web').that.deep.includes(FIRST);
		expect(second).to.deep.include(SECOND);
		expect(second).not.to.have.nested.property('services.web.reason');
	});

	it('is shown to the key of an app for this app only', () => {
		expect(state(REASONS, ofSecond)).to.include(SECOND).and.not.have.property('services');
		expect(JSON.stringify(apps(REASONS, ofSecond)))
			.to.include(SECOND.reason)
			.and.not.include('web cannot start');
	});

	it('is of the device only for the key of the device, which may see the names of all apps', () => {
		const [, , device] = REASONS as readonly [Reason, Reason, Reason];
		expect(state([device])).to.include(DEVICE);
		expect(JSON.stringify([state([device], ofSecond), apps([device], ofSecond)])).not.to.include('reason');
	});

	it('is shown of an app that has neither container nor image yet', () => {
		const current = { ...deviceStatus.current!, apps: [], imageRecords: [] };
		const shown = viewState({ ...deviceStatus, current, reasons: REASONS }, ofDevice, viewer());
		expect(shown).to.deep.include({ ...FIRST, containers: [], images: [] });
	});

	it('moves with the wall clock when that is set, and not with the noise of reading both clocks', () => {
		const from = viewer();
		expect(state(REASONS, ofDevice, from)).to.include({ since: FIRST.since });
		Object.assign(clocks, { now: 60_000, wall: 60_001 });
		expect(state(REASONS, ofDevice, from)).to.include({ since: FIRST.since });
		Object.assign(clocks, { now: 61_000, wall: Date.parse('2026-01-01T00:01:01.000Z') });
		expect(state(REASONS, ofDevice, from)).to.include({ since: '2025-12-31T23:59:55.000Z' });
	});

	it('of a device that cannot be observed has its beginning', () => {
		const unseen = { since: -2000, message: 'the engine is away' };
		const finding = { kind: 'unseen', path: '', message: unseen.message } as const;
		const reasons: readonly Reason[] = [{ kind: 'unseen', finding, sentence: unseen.message, since: unseen.since }];
		expect(viewState({ ...deviceStatus, unseen, reasons }, ofSecond, viewer())).to.deep.equal({
			...{ status: 'success', appState: 'applying', overallDownloadProgress: null },
			...{ reason: unseen.message, since: '1969-12-31T23:59:58.000Z' },
		});
	});
});
