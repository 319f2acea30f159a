import type { TextFile } from '../../ports/settings.ts';
import { FileError } from './file-error.ts';
import { pathExists, readBytes } from './read-file.ts';
import { runProgram } from './run-program.ts';
import { writeAtomically } from './write-file.ts';

/**
 * A file on the boot partition, which is FAT: renaming is not atomic there. `fatrw` leaves a checksum beside a write
 * and completes an interrupted one on the next read. The operating system uses it too, so both must. If it is not
 * installed the partition is an ordinary one, and a rename is enough.
 */
export class FatFile implements TextFile {
	readonly path: string;
	readonly #program: string;

	constructor(path: string, program = 'fatrw') {
		this.path = path;
		this.#program = program;
	}

	async read(): Promise<string> {
		return Buffer.from(await this.readBytes()).toString('utf8');
	}

	async readBytes(): Promise<Uint8Array> {
		if (!(await pathExists(this.path))) {
			throw new FileError('file-missing', `Failed to read file ${this.path}`);
		}
		const result = await runProgram(this.#program, ['read', this.path]);
		if (result.state === 'missing') {
			return await readBytes(this.path);
		}
		if (result.exitCode !== 0) {
			const detail = `${result.stderr.trim()} (exit code ${String(result.exitCode)})`;
			throw new FileError('file-unreadable', `Failed to read file ${this.path}: ${detail}`);
		}
		return result.stdoutBytes;
	}

	async write(content: string | Uint8Array): Promise<void> {
		const result = await runProgram(this.#program, ['write', this.path], content);
		if (result.state === 'missing') {
			await writeAtomically(this.path, content);
		} else if (result.exitCode !== 0) {
			const detail = `${result.stderr.trim()} (${this.path}, exit code ${String(result.exitCode)})`;
			throw new FileError('file-unwritable', `Write failed with error: ${detail}`);
		}
	}
}
