import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { SharedTextFile } from '../../ports/settings.ts';
import { FileError, systemCodeOf, toFileError } from './file-error.ts';
import { pathExists, readBytes } from './read-file.ts';
import { runProgram, type ProgramResult } from './run-program.ts';
import { explainUnusable } from './unusable-program.ts';
import { writeAtomically } from './write-file.ts';

/**
 * A file on the boot partition, which is FAT: renaming is not atomic there. `fatrw` leaves a checksum beside a write
 * and completes an interrupted one on the next read. The operating system uses it too, so both must. If it is not
 * installed the partition is an ordinary one, and a rename is enough. If it is installed and cannot be executed, the
 * file is read without it unless a write was interrupted, and is not written: a device may not boot again with a boot
 * file that a power cut has damaged (spec: host 2).
 */
export class FatFile implements SharedTextFile {
	readonly path: string;
	readonly #program: string;

	constructor(path: string, program = 'fatrw') {
		this.path = path;
		this.#program = program;
	}

	async read(): Promise<string> {
		return decode(await this.readBytes());
	}

	async readBytes(): Promise<Uint8Array> {
		if (!(await pathExists(this.path))) {
			throw new FileError('file-missing', `Failed to read file ${this.path}`);
		}
		const result = await runFatrw(this.#program, ['read', this.path]);
		if (result.state === 'unusable' && (await hasInterruptedWrite(this.path))) {
			throw new FileError(
				'file-unreadable',
				`Failed to read file ${this.path}: ${result.reason}; a write was interrupted`,
			);
		}
		if (result.state !== 'ended') {
			return await readBytes(this.path);
		}
		if (result.exitCode !== 0) {
			const detail = `${result.stderr.trim()} (exit code ${String(result.exitCode)})`;
			throw new FileError('file-unreadable', `Failed to read file ${this.path}: ${detail}`);
		}
		return result.stdoutBytes;
	}

	/** FAT keeps times of two seconds: a younger file may have changed since without another time. */
	async stamp(): Promise<string | undefined> {
		try {
			const { ino, size, mtimeMs, ctimeMs } = await stat(this.path);
			const isSettled = Math.abs(Date.now() - mtimeMs) > TIME_STEP_MS;
			return isSettled ? [ino, size, mtimeMs, ctimeMs].join(' ') : undefined;
		} catch (error) {
			if (systemCodeOf(error) === undefined) {
				throw error;
			}
			return undefined;
		}
	}

	async write(content: string | Uint8Array): Promise<void> {
		await this.#write(content, () => true);
	}

	async replace(content: string, expected: string | undefined): Promise<boolean> {
		// `fatrw` completes an interrupted write when it reads, so what it says counts as well as the bytes.
		const bytes = await this.#readIfThere();
		if (textOf(bytes) !== expected) {
			return false;
		}
		return await this.#write(encodeLike(bytes, content), () => holdsNow(this.path, expected));
	}

	async #readIfThere(): Promise<Uint8Array | undefined> {
		try {
			return await this.readBytes();
		} catch (error) {
			if (error instanceof FileError && error.code === 'file-missing') {
				return undefined;
			}
			throw error;
		}
	}

	async #write(content: string | Uint8Array, mayReplace: () => boolean): Promise<boolean> {
		if (!mayReplace()) {
			return false;
		}
		const result = await runFatrw(this.#program, ['write', this.path], content);
		if (result.state === 'unusable') {
			throw new FileError('file-unwritable', `Write failed with error: ${result.reason} (${this.path})`);
		}
		if (result.state === 'missing') {
			return await writeAtomically(this.path, content, { mayReplace });
		}
		if (result.exitCode !== 0) {
			const detail = `${result.stderr.trim()} (${this.path}, exit code ${String(result.exitCode)})`;
			throw new FileError('file-unwritable', `Write failed with error: ${detail}`);
		}
		return true;
	}
}

/** Why `fatrw` is installed and cannot be executed; `undefined`: it can, or is not installed. */
export async function explainFatrw(program = 'fatrw'): Promise<string | undefined> {
	const result = await runFatrw(program, ['--help']);
	return result.state === 'unusable' ? result.reason : undefined;
}

type FatrwResult = ProgramResult | { readonly state: 'unusable'; readonly reason: string };

async function runFatrw(
	program: string,
	args: readonly string[],
	stdin: string | Uint8Array = '',
): Promise<FatrwResult> {
	try {
		const result = await runProgram(program, args, stdin);
		const reason = await explainUnusable(program, result);
		return reason === undefined ? result : { state: 'unusable', reason };
	} catch (error) {
		if (!(error instanceof FileError)) {
			throw error;
		}
		const reason = await explainUnusable(program, { state: 'failed', error });
		if (reason === undefined) {
			throw error;
		}
		return { state: 'unusable', reason };
	}
}

/** `fatrw` removes its checksum file when the write is complete. */
async function hasInterruptedWrite(path: string): Promise<boolean> {
	const start = `.${basename(path)}.`;
	const names = await readdir(dirname(path)).catch((error: unknown) => {
		throw toFileError('file-unreadable', path, error);
	});
	return names.some((name) => name.startsWith(start) && name.endsWith('.md5sum'));
}

const TIME_STEP_MS = 3000;

/**
 * In one turn with the write that follows, so that no other code of ours runs between them. The file is looked at once more
 * after it was read: reading takes longer than that, and another program may replace the file meanwhile.
 */
function holdsNow(path: string, expected: string | undefined): boolean {
	try {
		const before = identify(path);
		return decode(readFileSync(path)) === expected && identify(path) === before;
	} catch (error) {
		if (systemCodeOf(error) === 'ENOENT') {
			return expected === undefined;
		}
		throw toFileError('file-unreadable', path, error);
	}
}

function identify(path: string): string {
	const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
	return [ino, size, mtimeNs, ctimeNs].join(' ');
}

/** UTF-8, or else one character for each byte, so that no byte is lost: comments may be in an older encoding. */
function decode(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
	return bytes === undefined ? undefined : decode(bytes);
}

/** In the encoding of the file, so that what did not change stays byte for byte. */
function encodeLike(bytes: Uint8Array | undefined, content: string): Uint8Array {
	return Buffer.from(content, bytes === undefined || isUtf8(bytes) ? 'utf8' : 'latin1');
}
