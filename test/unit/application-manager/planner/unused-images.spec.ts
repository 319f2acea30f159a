import { emptyState } from '../../../support/empty-state.ts';
import { expect } from 'chai';
import { CleanupExclusions, ImageIndex, planUnusedImages } from '../../../../src/application-manager/index.ts';
import type { CurrentState } from '../../../../src/domain/current.ts';
import type { EngineImage, StoredImageRecord } from '../../../../src/domain/engine-objects.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const nameless: EngineImage = { id: 'sha256:1', tags: [], digests: [] };

function stepsFor(
	parts: Partial<CurrentState>,
	ownImage = 'balena/amd64-supervisor:v20',
	unsettled: readonly number[] = [],
	{ kept = [], unused = [] }: { readonly kept?: readonly string[]; readonly unused?: readonly string[] } = {},
): readonly unknown[] {
	const current: CurrentState = { ...emptyState, ...parts };
	return planUnusedImages({
		current,
		target: { apps: [], variables: {} },
		unsettledApps: new Set(unsettled),
		own: { image: ownImage, kept: new Set(kept), unused },
		images: new ImageIndex(current.images, current.imageRecords),
	}).map(({ step }) => step.step);
}

function tagged(...tags: string[]): EngineImage {
	return { id: `sha256:${tags.join()}`, tags, digests: [] };
}

describe('unused images', () => {
	it('compose #61: go when they have no name and no row, unless a clean-up failed a while ago', () => {
		const step = { kind: 'cleanupImage', engineImageId: nameless.id };
		expect(stepsFor({ images: [nameless] })).to.deep.equal([step]);
		expect(stepsFor({ images: [nameless], excludedImages: new Set([nameless.id]) })).to.deep.equal([]);
		expect(stepsFor({ images: [{ ...nameless, digests: [`r.io/x@${DIGEST}`] }] })).to.deep.equal([]);
	});

	it('go when an older supervisor ran from them, under its present or its earlier name', () => {
		const images = [
			tagged('balena/amd64-supervisor:v20'),
			tagged('balena/amd64-supervisor:v19'),
			tagged('resin/amd64-supervisor:v7'),
			tagged('balena/amd64-supervisor:v18', 'balena/amd64-supervisor:v20'),
			tagged('balena/amd64-supervisor-tools:v1'),
			tagged('other/image:v19'),
		];
		expect(stepsFor({ images })).to.deep.equal([
			{ kind: 'cleanupImage', engineImageId: images[1]?.id },
			{ kind: 'cleanupImage', engineImageId: images[2]?.id },
		]);
		expect(stepsFor({ images }, `balena/amd64-supervisor@${DIGEST}`), 'no tag of ours to compare with').to.deep.equal(
			[],
		);
		expect(stepsFor({ images }, 'not a reference')).to.deep.equal([]);
	});

	it('keep the row that leads to them, while another service has the same image without its id', () => {
		const image: EngineImage = { id: 'sha256:2', tags: ['r.io/db:latest'], digests: [] };
		const row = (id: number, appId: number, name: string): StoredImageRecord => ({
			...{ id, appId, name: `r.io/${name}@${DIGEST}` },
			...{ serviceId: 1, serviceName: name, imageId: 1, releaseId: 1 },
		});
		const link = { ...row(1, 1, 'db'), dockerImageId: image.id };
		const waiting = row(2, 2, 'log');
		const parts = { images: [image], imageRecords: [link, waiting] };
		expect(stepsFor(parts, undefined, [2])).to.deep.equal([]);
		const removed = stepsFor(parts);
		expect(removed.map((step) => (step as { recordId: number }).recordId)).to.deep.equal([2, 1]);
		expect(removed.at(-1)).to.deep.include({ references: ['r.io/db:latest'] });
		const other = { ...row(3, 2, 'log'), dockerImageId: image.id };
		expect(stepsFor({ ...parts, imageRecords: [link, waiting, other] }, undefined, [2])).to.have.length(1);
	});

	it('database #27: lose the row of this supervisor, and never its image', () => {
		const row: StoredImageRecord = {
			id: 4,
			name: `r.io/supervisor@${DIGEST}`,
			appId: 9,
			appUuid: '52e35121417640b1b28a680504e4039b',
			serviceId: 1,
			serviceName: 'main',
			imageId: 2,
			releaseId: 3,
			dockerImageId: 'sha256:5',
		};
		const image: EngineImage = { id: 'sha256:5', tags: ['r.io/supervisor:latest'], digests: [row.name] };
		const forget = { kind: 'forgetImage', recordId: 4, name: row.name };
		expect(stepsFor({ images: [image], imageRecords: [row] })).to.deep.equal([{ ...forget, references: [] }]);
		const other = { ...row, serviceName: 'other' };
		expect(stepsFor({ images: [image], imageRecords: [other] })).to.deep.equal([
			{ ...forget, references: [...image.tags, ...image.digests] },
		]);
	});
});

describe('an image that could not be cleaned up', () => {
	it('compose #61: is skipped for an hour', async () => {
		const clock = new VirtualClock(() => 0.5);
		const exclusions = new CleanupExclusions(clock);
		exclusions.exclude('sha256:1');
		await clock.advance(3_599_999);
		expect([...exclusions.list()]).to.deep.equal(['sha256:1']);
		await clock.advance(1);
		expect([...exclusions.list()]).to.deep.equal([]);
	});
});
