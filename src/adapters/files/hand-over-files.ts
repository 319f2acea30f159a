import type { HandOverFiles } from '../../ports/hand-over.ts';
import { LockFolder } from './lock-folder.ts';

/** Old services know the second name. Either counts. */
const COMPLETION_NAMES: readonly string[] = ['handover-complete', 'resin-kill-me'];

/** Both containers of a hand-over mount the lock directory of their service. */
export class LockFolderHandOver implements HandOverFiles {
	readonly #folder: LockFolder;

	constructor(rootPath: string) {
		this.#folder = new LockFolder(rootPath);
	}

	async takeCompletion(appId: number, serviceName: string): Promise<boolean> {
		const directory = this.#folder.ofService(appId, serviceName);
		let isComplete = false;
		for (const name of COMPLETION_NAMES) {
			isComplete = (await this.#folder.removeAny(`${directory}/${name}`)) || isComplete;
		}
		return isComplete;
	}
}
