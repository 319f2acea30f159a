import { copyFile } from 'node:fs/promises';
import type { SupervisorHostFiles } from '../../ports/supervisor-update.ts';
import { normaliseImageReference } from '../../domain/image-reference.ts';
import { FileError, toFileError } from './file-error.ts';
import { readText } from './read-file.ts';
import { ensureFolder } from './write-file.ts';

const CONFIGURATION = '/etc/balena-supervisor/supervisor.conf';
const FOLDER = '/tmp/balena-supervisor';
const NAME = 'update-supervisor.sh';

interface SupervisorFilesOptions {
	readonly rootPath: string;
	/** The script in our own container. */
	readonly scriptPath: string;
}

/** What the operating system starts the supervisor by (spec: host 14.1). */
export class SupervisorFiles implements SupervisorHostFiles {
	readonly #rootPath: string;
	readonly #scriptPath: string;

	constructor({ rootPath, scriptPath }: SupervisorFilesOptions) {
		this.#rootPath = rootPath;
		this.#scriptPath = scriptPath;
	}

	async configuredImage(): Promise<string | undefined> {
		const image = findImage(await this.#read());
		const normalised = image === undefined ? undefined : normaliseImageReference(image);
		return normalised?.ok === true ? normalised.value : undefined;
	}

	async placeScript(): Promise<string> {
		const path = `${this.#rootPath}${FOLDER}/${NAME}`;
		try {
			await ensureFolder(`${this.#rootPath}${FOLDER}`);
			await copyFile(this.#scriptPath, path);
		} catch (error) {
			throw toFileError('file-unwritable', path, error);
		}
		return `${FOLDER}/${NAME}`;
	}

	async #read(): Promise<string> {
		try {
			return await readText(`${this.#rootPath}${CONFIGURATION}`);
		} catch (error) {
			if (error instanceof FileError && error.code === 'file-missing') {
				return '';
			}
			throw error;
		}
	}
}

/** The last one counts, as for systemd; it may stand in quotes. */
function findImage(text: string): string | undefined {
	const values = [...text.matchAll(/^SUPERVISOR_IMAGE=(["']?)([^"'\s]+)\1[ \t]*$/gm)].map(([, , value]) => value);
	return values.at(-1);
}
