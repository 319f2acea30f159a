import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostUpdateMark } from '../../domain/host-os.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { HostUpdateMarks } from '../../ports/host-updates.ts';
import { readBootIdOfKernel } from './boot-id.ts';
import { systemCodeOf, toFileError } from './file-error.ts';
import { makeFolder, writeAtomically } from './write-file.ts';

interface HostUpdateMarkFileOptions {
	readonly rootPath: string;
	readonly readBootId?: () => Promise<string | undefined>;
}

/** On the tmpfs of the host. It names its boot too, because `/tmp` is not a tmpfs on every host. */
export class HostUpdateMarkFile implements HostUpdateMarks {
	readonly #path: string;
	readonly #readBootId: () => Promise<string | undefined>;

	constructor({ rootPath, readBootId = readBootIdOfKernel }: HostUpdateMarkFileOptions) {
		this.#path = `${rootPath}/tmp/balena-supervisor/host-update`;
		this.#readBootId = readBootId;
	}

	async read(): Promise<HostUpdateMark | undefined> {
		let text: string;
		try {
			text = await readFile(this.#path, 'utf8');
		} catch (error) {
			if (systemCodeOf(error) === 'ENOENT') {
				return undefined;
			}
			throw toFileError('file-unreadable', this.#path, error);
		}
		return parseMark(text, (await this.#readBootId()) ?? '');
	}

	async set({ commit, state }: HostUpdateMark): Promise<void> {
		try {
			await makeFolder(dirname(this.#path));
			await writeAtomically(this.#path, JSON.stringify({ bootId: (await this.#readBootId()) ?? '', commit, state }));
		} catch (error) {
			throw toFileError('file-unwritable', this.#path, error);
		}
	}

	async clear(): Promise<void> {
		try {
			await rm(this.#path, { force: true });
		} catch (error) {
			throw toFileError('file-unwritable', this.#path, error);
		}
	}
}

function parseMark(text: string, bootId: string): HostUpdateMark | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined; // not written by us
	}
	if (!isPlainObject(value)) {
		return undefined;
	}
	const { bootId: itsBoot, commit, state } = value;
	return itsBoot === bootId &&
		typeof commit === 'string' &&
		(state === 'prepared' || state === 'started' || state === 'installed')
		? { commit, state }
		: undefined;
}
