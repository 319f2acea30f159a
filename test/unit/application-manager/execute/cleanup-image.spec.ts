import { expect } from 'chai';
import Sinon from 'sinon';
import { CleanupExclusions } from '../../../../src/application-manager/index.ts';
import type { ExecutorOptions } from '../../../../src/application-manager/execute/executor-options.ts';
import { imageExecutors } from '../../../../src/application-manager/execute/image-executors.ts';
import { EngineError, type EngineErrorCode, type ImageSummary } from '../../../../src/ports/engine.ts';
import { silentLog, stubSystemLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const nameless = { Id: 'sha256:1', RepoTags: ['<none>:<none>'], RepoDigests: null };
const superseded = { Id: 'sha256:1', RepoTags: ['supervisor:v19', 'supervisor:old'], RepoDigests: [] };

async function cleanUp(image: ImageSummary, failure?: EngineErrorCode) {
	const removeImage = Sinon.stub().resolves();
	if (failure !== undefined) removeImage.rejects(new EngineError(failure, 'refused'));
	const systemLog = stubSystemLog();
	const exclusions = new CleanupExclusions(new VirtualClock());
	const engine = { listImages: () => Promise.resolve([image]), removeImage };
	// All that is asked for.
	const options = { engine, exclusions, systemLog, log: silentLog } as unknown as ExecutorOptions;
	const context = { signal: new AbortController().signal, progress: () => undefined };
	await imageExecutors(options).cleanupImage({ kind: 'cleanupImage', engineImageId: image.Id }, context);
	return { removeImage, write: systemLog.write, excluded: [...exclusions.list()] };
}

describe('cleaning up an image', () => {
	it('without a name keeps one that is in use, and logs nothing', async () => {
		const { removeImage, write, excluded } = await cleanUp(nameless, 'engine-conflict');
		Sinon.assert.calledOnceWithExactly(removeImage, 'sha256:1', { force: false });
		Sinon.assert.notCalled(write);
		expect(excluded).to.deep.equal(['sha256:1']);
	});

	it('of an older supervisor takes all of its names', async () => {
		const { removeImage, write, excluded } = await cleanUp(superseded);
		Sinon.assert.calledOnceWithExactly(removeImage, 'sha256:1', { force: true });
		Sinon.assert.notCalled(write);
		expect(excluded).to.deep.equal([]);
	});

	it('that fails is reported, and not retried for an hour', async () => {
		const { write, excluded } = await cleanUp(nameless, 'engine-failed');
		Sinon.assert.calledOnceWithExactly(write, 'Error cleaning up sha256:1: refused - will ignore for 1 hour', {
			error: true,
		});
		expect(excluded).to.deep.equal(['sha256:1']);
	});
});
