import { expect } from 'chai';
import {
	progressOfSupervisor,
	supervisorImages,
	type CurrentSupervisor,
	type SupervisorAttempt,
} from '../../../src/domain/supervisor-update.ts';

const MINUTE_MS = 60_000;
const wanted = { appUuid: 'u', serviceName: 'main', commit: 'c2', image: 'r.io/new:2' };
const supervisor: CurrentSupervisor = { imageId: 'old', configuredImage: 'r.io/old:1' };
const attempt: SupervisorAttempt = {
	image: wanted.image,
	commit: wanted.commit,
	version: '2',
	fromImageId: 'old',
	attempts: 1,
	attemptedAt: 0,
	state: 'failed',
	failure: 'not healthy',
};

describe('the progress of an update of the supervisor', () => {
	const progress = (
		of: Partial<SupervisorAttempt> | undefined,
		{ now = 0, ...rest }: Partial<Parameters<typeof progressOfSupervisor>[0]> = {},
	) =>
		progressOfSupervisor({
			...{ wanted, wantedImageId: undefined, now },
			supervisor: of === undefined ? supervisor : { ...supervisor, attempt: { ...attempt, ...of } },
			...rest,
		});

	it('is due when another image is wanted, whether it is on the engine or not', () => {
		expect(progress(undefined)).to.deep.equal({ state: 'due', attempt: 1 });
		expect(progress(undefined, { wantedImageId: 'new' })).to.deep.equal({ state: 'due', attempt: 1 });
	});

	it('is over when the wanted image runs, or none is wanted', () => {
		expect(progress(undefined, { wantedImageId: 'old' }).state).to.equal('running');
		expect(progress({ state: 'done' }, { wantedImageId: 'old' }).state).to.equal('running');
		expect(progress(undefined, { wanted: undefined }).state).to.equal('running');
	});

	it('is tried again when the wanted image runs and was not made permanent', () => {
		expect(progress({}, { wantedImageId: 'old' }).state).to.equal('paused');
		expect(progress({}, { wantedImageId: 'old', now: 11 * MINUTE_MS })).to.deep.equal({ state: 'due', attempt: 2 });
	});

	it('is waited for once it has started, whatever the target says now', () => {
		for (const other of [wanted, undefined, { ...wanted, image: 'r.io/third:3' }]) {
			expect(progress({ state: 'started' }, { wanted: other, wantedImageId: 'old' }).state).to.equal('started');
		}
	});

	it('host #43: pauses ten minutes, an hour and a day, and then counts anew', () => {
		for (const [attempts, minutes, next] of [
			[1, 10, 2],
			[2, 60, 3],
			[3, 24 * 60, 1],
			[7, 24 * 60, 1],
		] as const) {
			const until = minutes * MINUTE_MS;
			expect(progress({ attempts }, { now: until - 1 })).to.deep.equal({
				...{ state: 'paused', until, attempts, failure: 'not healthy' },
			});
			expect(progress({ attempts }, { now: until })).to.deep.equal({ state: 'due', attempt: next });
		}
	});

	it('host #43: begins anew with another release, or when a user forces it', () => {
		for (const change of [{ commit: 'c3' }, { image: 'r.io/third:3' }]) {
			expect(progress({ attempts: 3 }, { wanted: { ...wanted, ...change } })).to.deep.equal({
				state: 'due',
				attempt: 1,
			});
		}
		expect(progress({ attempts: 3, attemptedAt: 5 }, { forcedAt: 6 })).to.deep.equal({ state: 'due', attempt: 1 });
		expect(progress({ attempts: 3, attemptedAt: 5 }, { forcedAt: 4 }).state).to.equal('paused');
	});

	it('host #44: is not tried again when the image was refused, except with another release', () => {
		expect(progress({ state: 'refused' }, { now: 1e12, forcedAt: 1e12 }).state).to.equal('refused');
		expect(progress({ state: 'refused' }, { wanted: { ...wanted, commit: 'c3' } }).state).to.equal('due');
	});
});

describe('host #46: the images of the supervisor', () => {
	const ids: Readonly<Record<string, string>> = { 'r.io/old:1': 'old', 'r.io/new:2': 'new', 'r.io/third:3': 'third' };
	const images = (of: Partial<CurrentSupervisor>, target: typeof wanted | 'none' = wanted) => {
		const { kept, unused } = supervisorImages(
			{ ...supervisor, ...of },
			target === 'none' ? undefined : target,
			(reference) => ids[reference],
		);
		return { kept: [...kept].sort(), unused };
	};

	it('stay between the pull and the start', () => {
		expect(images({})).to.deep.equal({ kept: ['new', 'old'], unused: [] });
	});

	it('both stay until the new one is proven, also when the target has changed', () => {
		const onTrial = { imageId: 'new', attempt: { ...attempt, state: 'started' as const } };
		expect(images(onTrial)).to.deep.equal({ kept: ['new', 'old'], unused: [] });
		expect(images({ ...onTrial, imageId: 'old' }, 'none')).to.deep.equal({ kept: ['new', 'old'], unused: [] });
	});

	it('the old one goes when the new one is proven', () => {
		const done = { imageId: 'new', configuredImage: wanted.image, attempt: { ...attempt, state: 'done' as const } };
		expect(images(done)).to.deep.equal({ kept: ['new'], unused: ['old'] });
	});

	it('one that failed stays while it is wanted, and one that was refused goes', () => {
		expect(images({ attempt })).to.deep.equal({ kept: ['new', 'old'], unused: [] });
		expect(images({ attempt }, { ...wanted, image: 'r.io/third:3' })).to.deep.equal({
			...{ kept: ['old', 'third'], unused: ['new'] },
		});
		expect(images({ attempt: { ...attempt, state: 'refused' } })).to.deep.equal({ kept: ['old'], unused: ['new'] });
	});
});
