import { expect } from 'chai';
import { findProblems } from '../../../src/device-state/find-problems.ts';
import { proposeDevice } from '../../../src/device-state/planner/propose-device.ts';
import type { CurrentState } from '../../../src/domain/current.ts';
import type { PlanContext } from '../../../src/domain/plan.ts';
import type { SupervisorAttempt } from '../../../src/domain/supervisor-update.ts';
import { conflicts } from '../../../src/domain/footprint.ts';
import { NO_CHANGES } from '../../support/device-config.ts';
import { emptyState } from '../../support/empty-state.ts';

const OLD = { id: 'sha256:old', tags: ['r.io/s:1'], digests: [] };
const NEW = { id: 'sha256:new', tags: ['r.io/s:2'], digests: [] };
const supervisor = { imageId: OLD.id, configuredImage: 'r.io/s:1' };
const wanted = { appUuid: 'u', serviceName: 'main', commit: 'c2', image: 'r.io/s:2' };
const attempt: SupervisorAttempt = {
	...{ image: wanted.image, commit: wanted.commit, version: '2', fromImageId: OLD.id, attempts: 1, attemptedAt: 0 },
	state: 'started',
};
const policy = {
	...{ maxPulls: 4, maxSteps: 8, keepImages: false, keepVolumes: false },
	...{ ownImage: 'r.io/s:1', force: false, localMode: false },
};
const context: PlanContext = {
	now: 0,
	busy: [],
	paused: new Map(),
	requests: [],
	policy,
	history: { hasSettled: true },
};

function plan(
	current: Partial<CurrentState>,
	target: { readonly supervisor?: typeof wanted } = { supervisor: wanted },
) {
	return proposeDevice(
		{ ...emptyState, supervisor, images: [OLD, NEW], ...current },
		{ apps: [], variables: {}, ...target },
		{ ...context, config: NO_CHANGES },
	);
}
const texts = (...args: Parameters<typeof plan>) =>
	plan(...args).map(
		({ step, because }) => `${step.step.kind}${because === undefined ? '' : ` waits: ${because.kind}`}`,
	);

describe('the plan of an update of the supervisor', () => {
	it('pulls the image first', () => {
		expect(texts({ images: [OLD] })).to.deep.equal(['pullImage', 'updateSupervisor waits: busy']);
		expect(texts({})).to.deep.equal(['updateSupervisor']);
	});

	it('begins beside no step of an app, and is waited for beside all', () => {
		const footprintOf = (current: Partial<CurrentState>) =>
			plan(current).find(({ step }) => step.step.kind === 'updateSupervisor')?.step.footprint ?? {
				writes: [],
				reads: [],
			};
		const ofApp = { writes: ['app/1/service/web'], reads: [] };
		expect(conflicts(footprintOf({}), ofApp)).to.equal(true);
		expect(conflicts(footprintOf({ supervisor: { ...supervisor, attempt } }), ofApp)).to.equal(false);
	});

	it('waits for steps that could start now, and for those that come before everything', () => {
		expect(texts({ supervisorNetworkReady: false })).to.deep.equal([
			...['ensureSupervisorNetwork', 'updateSupervisor waits: busy'],
		]);
		const locks = new Map([[1, new Set(['web'])]]);
		expect(texts({ locks })).to.include.members(['releaseLock', 'updateSupervisor waits: busy']);
	});

	it('comes before a reboot that is due, and holds it up neither in a pause nor when it was refused', () => {
		const host = { ...emptyState.host, reboot: 'required' as const };
		expect(texts({ host })).to.deep.equal(['updateSupervisor']);
		expect(texts({ host, supervisor: { ...supervisor, attempt } })).to.deep.equal(['updateSupervisor']);
		const failed = { ...attempt, state: 'failed' as const, failure: 'f' };
		expect(texts({ host, supervisor: { ...supervisor, attempt: failed } })).to.deep.equal([
			...['updateSupervisor waits: postponed', 'reboot'],
		]);
		expect(texts({ host, supervisor: { ...supervisor, attempt: { ...failed, attempts: 3 } } })).to.deep.equal([
			...['updateSupervisor waits: given-up', 'reboot'],
		]);
		const refused = { ...attempt, state: 'refused' as const, failure: 'f' };
		expect(texts({ host, images: [OLD], supervisor: { ...supervisor, attempt: refused } })).to.deep.equal(['reboot']);
	});

	it('host #46: leaves both images until the end, whatever their tags are', () => {
		const trial = { ...supervisor, imageId: NEW.id, attempt };
		expect(texts({ supervisor: trial })).to.deep.equal(['updateSupervisor']);
		const done = { imageId: NEW.id, configuredImage: 'r.io/s:2', attempt: { ...attempt, state: 'done' as const } };
		expect(texts({ supervisor: done })).to.deep.equal(['cleanupImage']);
	});

	it('finds images under their own names only', () => {
		const digest = `r.io/t@sha256:${'ab'.repeat(32)}`;
		const byDigest = { ...wanted, image: digest };
		const tagged = { id: 'sha256:other', tags: ['r.io/t:latest'], digests: [] };
		expect(texts({ images: [OLD, tagged] }, { supervisor: byDigest })[0]).to.equal('pullImage');
		const refused = { ...attempt, image: digest, state: 'refused' as const, failure: 'f' };
		expect(
			texts({ images: [tagged], supervisor: { ...supervisor, attempt: refused } }, { supervisor: byDigest }),
		).to.not.include('cleanupImage');
		const ofHub = { ...wanted, image: 'docker.io/library/s:2' };
		expect(texts({ images: [OLD, { ...NEW, tags: ['s:2'] }] }, { supervisor: ofHub })).to.deep.equal([
			'updateSupervisor',
		]);
	});

	it('has the same step for the update and for the wait for it, and another one for the next attempt', () => {
		const idOf = (current: Partial<CurrentState>) => plan(current)[0]?.step.id;
		const failed = { ...attempt, state: 'failed' as const, failure: 'f' };
		expect(idOf({ supervisor: { ...supervisor, attempt } })).to.equal(idOf({}));
		expect(idOf({ supervisor: { ...supervisor, attempt: failed } })).not.to.equal(idOf({}));
	});

	it('host #44: is a problem of the device when it was refused, until another one is wanted', () => {
		const refused = { ...attempt, state: 'refused' as const, failure: 'not one of ours' };
		const current = { ...emptyState, supervisor: { ...supervisor, attempt: refused } };
		const target = { apps: [], variables: {}, supervisor: wanted };
		expect(findProblems(current, target)).to.deep.equal([
			{ path: 'apps.u.services.main', message: 'not one of ours', isNew: false, kind: 'supervisor' },
		]);
		const other = { ...target, supervisor: { ...wanted, commit: 'c3' } };
		expect(findProblems(current, other)).to.deep.equal([]);
	});

	it('has nothing to do where none is wanted, or where it cannot be updated', () => {
		expect(texts({}, {})).to.deep.equal(['cleanupImage']);
		expect(texts({ images: [OLD] }, {})).to.deep.equal([]);
		expect(
			proposeDevice(emptyState, { apps: [], variables: {}, supervisor: wanted }, { ...context, config: NO_CHANGES }),
		).to.deep.equal([]);
	});
});
