import { expect } from 'chai';
import { ImageIndex } from '../../../../src/application-manager/index.ts';
import type { EngineImage, StoredImageRecord } from '../../../../src/domain/engine-objects.ts';

describe('finding an image on the engine', () => {
	const [D1, D2] = ['1', '2'].map((n) => `sha256:${n.repeat(64)}`);
	const image = (id: string, tags: readonly string[], digests: readonly string[] = []): EngineImage => ({
		id,
		tags,
		digests,
	});
	const row = (name: string, dockerImageId?: string): StoredImageRecord => ({
		id: 1,
		name,
		appId: 1,
		serviceId: 1,
		serviceName: 'a',
		imageId: 1,
		releaseId: 1,
		...(dockerImageId === undefined ? {} : { dockerImageId }),
	});
	const find = (reference: string, images: readonly EngineImage[], rows: readonly StoredImageRecord[] = []) =>
		new ImageIndex(images, rows).find(reference)?.id;

	it('goes by the digest, in whatever repository it stands', () => {
		expect(find(`r.io/a@${D1}`, [image('i1', [], [`r.io/a@${D1}`])])).to.equal('i1');
		expect(find(`r.io/b@${D1}`, [image('i1', [], [`r.io/a@${D1}`])])).to.equal('i1');
		expect(find(`r.io/a@${D2}`, [image('i1', [], [`r.io/a@${D1}`])])).to.equal(undefined);
	});

	it('goes by the tag where there is no digest', () => {
		expect(find('r.io/a:1', [image('i1', ['r.io/a:1'])])).to.equal('i1');
		expect(find('r.io/a:2', [image('i1', ['r.io/a:1'])])).to.equal(undefined);
	});

	it('goes by the row that knows the engine id: a delta lists another digest', () => {
		expect(find(`r.io/a@${D1}`, [image('i1', [], [`r.io/delta@${D2}`])], [row(`r.io/a@${D1}`, 'i1')])).to.equal('i1');
		expect(find(`r.io/a@${D1}`, [], [row(`r.io/a@${D1}`, 'gone')])).to.equal(undefined);
	});

	it('compose C12: adopts by our tag when all rows are lost', () => {
		expect(find(`r.io/a@${D1}`, [image('i1', ['r.io/a:latest'], [`r.io/delta@${D2}`])])).to.equal('i1');
	});

	it('compose C12: does not adopt what a row knows by another digest', () => {
		const images = [image('i1', ['r.io/a:latest'])];
		expect(find(`r.io/a@${D2}`, images, [row(`r.io/a@${D1}`, 'i1')])).to.equal(undefined);
		expect(find(`r.io/a@${D2}`, images, [row(`r.io/b@${D1}`, 'i1')])).to.equal(undefined);
	});

	it('does not adopt what was pulled as a whole by another digest, row or no row', () => {
		expect(find(`r.io/a@${D2}`, [image('i1', ['r.io/a:latest'], [`r.io/a@${D1}`])])).to.equal(undefined);
		const shared = image('i1', ['r.io/a:latest'], [`r.io/b@${D1}`]);
		expect(find(`r.io/a@${D2}`, [shared], [row(`r.io/a@${D1}`)])).to.equal(undefined);
	});
});
