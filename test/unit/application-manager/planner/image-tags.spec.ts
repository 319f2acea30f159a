import { expect } from 'chai';
import { proposeForgetting } from '../../../../src/application-manager/planner/forget-images.ts';
import { resources } from '../../../../src/application-manager/planner/resources.ts';
import { ImageIndex } from '../../../../src/application-manager/index.ts';
import type { StoredImageRecord } from '../../../../src/domain/engine-objects.ts';
import { conflicts } from '../../../../src/domain/footprint.ts';

const REPOSITORY = 'registry.example.com/v2/web';
const OLD = `${REPOSITORY}@sha256:${'1'.repeat(64)}`;

describe('the tag that the images of a repository share', () => {
	it('is not taken from the old image while the new one gets it: that would remove the new one', () => {
		const row: StoredImageRecord = {
			...{ id: 1, name: OLD, appId: 1, appUuid: 'a1', serviceId: 1, serviceName: 'web', imageId: 1, releaseId: 1 },
			...{ commit: 'c1', dockerImageId: 'sha256:1' },
		};
		const image = { id: 'sha256:1', tags: [`${REPOSITORY}:latest`], digests: [OLD] };
		const [forget] = proposeForgetting([row], [], new ImageIndex([image], [row]));
		const tagging = { reads: [], writes: [resources.imageTag(`${REPOSITORY}:latest`)] };
		expect(forget && conflicts(forget.step.footprint, tagging)).to.equal(true);
	});
});
