import { expect } from 'chai';
import { CleanupExclusions } from '../../../../src/application-manager/index.ts';
import type { ExecutorOptions } from '../../../../src/application-manager/execute/executor-options.ts';
import { imageExecutors } from '../../../../src/application-manager/execute/image-executors.ts';
import { EngineError, type EngineErrorCode, type ImageSummary } from '../../../../src/ports/engine.ts';
import { silentLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const nameless = { Id: 'sha256:1', RepoTags: ['<none>:<none>'], RepoDigests: null };
const superseded = { Id: 'sha256:1', RepoTags: ['supervisor:v19', 'supervisor:old'], RepoDigests: [] };

async function cleanUp(image: ImageSummary, failure?: EngineErrorCode) {
	const removed: unknown[] = [];
	const told: string[] = [];
	const exclusions = new CleanupExclusions(new VirtualClock());
	const engine = {
		listImages: () => Promise.resolve([image]),
		removeImage: (id: string, options: object) => {
			removed.push([id, options]);
			return failure === undefined ? Promise.resolve() : Promise.reject(new EngineError(failure, 'refused'));
		},
	};
	const systemLog = { write: (message: string) => void told.push(message) };
	// All that is asked for.
	const options = { engine, exclusions, systemLog, log: silentLog } as unknown as ExecutorOptions;
	const context = { signal: new AbortController().signal, progress: () => undefined };
	await imageExecutors(options).cleanupImage({ kind: 'cleanupImage', engineImageId: image.Id }, context);
	return { removed, told, excluded: [...exclusions.list()] };
}

describe('cleaning up an image', () => {
	it('without a name keeps one that is in use, and logs nothing', async () => {
		const { removed, told, excluded } = await cleanUp(nameless, 'engine-conflict');
		expect(removed).to.deep.equal([['sha256:1', { force: false }]]);
		expect([told, excluded]).to.deep.equal([[], ['sha256:1']]);
	});

	it('of an older supervisor takes all of its names', async () => {
		expect(await cleanUp(superseded)).to.deep.equal({
			removed: [['sha256:1', { force: true }]],
			told: [],
			excluded: [],
		});
	});

	it('that fails is reported, and not retried for an hour', async () => {
		const { told, excluded } = await cleanUp(nameless, 'engine-failed');
		expect([told, excluded]).to.deep.equal([
			['Error cleaning up sha256:1: refused - will ignore for 1 hour'],
			['sha256:1'],
		]);
	});
});
