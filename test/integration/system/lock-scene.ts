import { join } from 'node:path';
import { CleanUp } from '../../support/clean-up.ts';
import { startHeldRegistry, type HeldRegistry } from './held-registry.ts';
import { removeImages } from './images.ts';
import { shareLockDirectories, type LockDirectories } from './lock-directories.ts';
import { setScene, type ReleaseOptions, type Scene, type SceneOptions } from './scene.ts';
import { followEngine, type Story } from './story.ts';

export interface LockScene extends Scene {
	readonly locks: LockDirectories;
	readonly story: Story;
	readonly registry: HeldRegistry;
	/** A release, waited for; with it a story begins. */
	begin(images: Readonly<Record<string, string>>, options?: ReleaseOptions): Promise<void>;
	/** The next release becomes the target and the device is notified. Does not wait for it. */
	change(images: Readonly<Record<string, string>>, options?: ReleaseOptions): Promise<string>;
	/** `POST /v1/update` with force. */
	forceUpdate(): Promise<void>;
}

/** A device whose containers and supervisor share lock directories, and a registry that can hold images. */
export async function setLockScene(options: SceneOptions = {}): Promise<LockScene> {
	const cleanUp = new CleanUp();
	return cleanUp.during(() => makeLockScene(options, cleanUp));
}

async function makeLockScene(options: SceneOptions, cleanUp: CleanUp): Promise<LockScene> {
	const scene = await setScene(options);
	const { device, engine, fleet } = scene;
	const locks = shareLockDirectories(join(device.folder, 'root'), fleet.id);
	cleanUp.add(() => locks.dispose());
	const registry = await startHeldRegistry(engine);
	cleanUp.add(() => registry.removeImages());
	cleanUp.add(() => scene.dispose());
	cleanUp.add(() => registry.stop()); // before the device: a pull that waits would be waited for
	// What other tests left on the engine: of a manifest that it knows already it asks no registry, so nothing could be
	// held back there.
	await removeImages(engine, '*/v2/*');
	const story = await followEngine(engine);
	cleanUp.add(() => story.stop());
	return {
		...scene,
		story,
		registry,
		locks,
		begin: async (images, rest) => {
			const { commit } = await scene.apply(images, rest);
			await story.begin(commit);
		},
		change: async (images, rest) => {
			const { commit } = await scene.release(images, rest);
			story.continueWith(commit);
			await device.update();
			return commit;
		},
		forceUpdate: async () => {
			const response = await fetch(`${device.url}/v1/update`, {
				method: 'POST',
				headers: { authorization: `Bearer ${await device.apiKey()}`, 'content-type': 'application/json' },
				body: JSON.stringify({ force: true }),
			});
			if (response.status !== 204) throw new Error(`POST /v1/update: ${response.status}`);
		},
		dispose: () => cleanUp.run(),
	};
}
