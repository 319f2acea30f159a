import type { ImageArchives, ImagePatcher, PatchFolders, PatchResult } from '../../ports/image-patcher.ts';
import { OperationalError } from '../../ports/operational-error.ts';

/**
 * By these exit codes rsync reports that the files differ from those that the change was made for (spec: cloud-api
 * 14.6). With the last one it reports nothing, but waits for data that the change does not contain, until it is ended.
 */
const OUT_OF_SYNC: readonly number[] = [19, 23, 24, 128];

/**
 * For engines that do not give access to layers: the files of the source image are copied into a folder, changed there,
 * and imported as an image. Takes disk space for both images, and no memory.
 */
export class FolderImagePatcher implements ImagePatcher {
	readonly #archives: ImageArchives;
	readonly #folders: PatchFolders;

	constructor({ archives, folders }: { readonly archives: ImageArchives; readonly folders: PatchFolders }) {
		this.#archives = archives;
		this.#folders = folders;
	}

	isAvailable(): Promise<boolean> {
		return this.#folders.isAvailable();
	}

	async apply(
		{ source, config, batch }: Parameters<ImagePatcher['apply']>[0],
		signal: AbortSignal,
	): Promise<PatchResult> {
		const folder = await this.#folders.create();
		try {
			const { archive, close } = await this.#archives.exportFiles(source, signal);
			try {
				await folder.unpack(archive, signal);
			} finally {
				await close();
			}
			const exitCode = await folder.applyBatch(batch, signal);
			if (OUT_OF_SYNC.includes(exitCode)) {
				return { kind: 'out-of-sync', because: `the delta does not fit the image that is here (${exitCode})` };
			}
			if (exitCode !== 0) {
				throw new OperationalError('delta-apply', `cannot apply the delta: rsync ended with ${exitCode}`);
			}
			const engineImageId = await this.#archives.importFiles({ archive: folder.pack(signal), config }, signal);
			return { kind: 'done', engineImageId };
		} finally {
			await folder.remove();
		}
	}
}
