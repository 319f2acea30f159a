import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import { OperationalError } from '../../ports/operational-error.ts';
import type { UpdaterFolder } from '../../ports/host-updates.ts';
import { toFileError } from '../files/index.ts';
import { unpackArchive } from './patch-folder.ts';

/** Below the folder of the supervisor on the host's `/tmp` (spec: host-update 3.2). */
const FOLDER = '/tmp/balena-supervisor/balenahup';
/** An updater is a container with a shell and some programs. */
const FREE_BYTES_MIN = 128 * 1024 * 1024;

interface UpdaterFilesOptions {
	readonly rootPath: string;
	/** On the data partition, where the engine stores images. */
	readonly dataPath: string;
	readonly freeBytesMin?: number;
}

export class UpdaterFiles implements UpdaterFolder {
	readonly hostPath = FOLDER;
	readonly #options: UpdaterFilesOptions;

	constructor(options: UpdaterFilesOptions) {
		this.#options = options;
	}

	async replace(archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
		const directory = `${this.#options.rootPath}${FOLDER}`;
		try {
			await rm(directory, { recursive: true, force: true });
			await mkdir(directory, { recursive: true });
		} catch (error) {
			throw toFileError('file-unwritable', directory, error);
		}
		await unpackArchive({ directory, archive, strip: 1 }, signal);
		try {
			await stat(`${directory}/entry.sh`);
		} catch (error) {
			throw toFileError('file-unreadable', `${directory}/entry.sh`, error);
		}
	}

	async checkSpace(): Promise<void> {
		const { dataPath, freeBytesMin = FREE_BYTES_MIN } = this.#options;
		const { bavail, bsize } = await statfs(dataPath);
		const free = bavail * bsize;
		if (free < freeBytesMin) {
			const [has, needs] = [free, freeBytesMin].map((bytes) => `${Math.floor(bytes / 1024 / 1024)} MiB`);
			throw new OperationalError(
				'host-update-space',
				`not enough space on the data partition for an update of the host OS: ${has} free, ${needs} needed`,
			);
		}
	}
}
