import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isAborted } from '../../lib/is-aborted.ts';
import type { PatchFolder, PatchFolders } from '../../ports/image-patcher.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { runProgram, startProgram } from '../files/index.ts';

const STDERR_MAX = 2000;
/** Limit after the last byte of the input (spec: cloud-api 14.6). */
const EXIT_LIMIT_MS = 10 * 60_000;

/** Folders below one of our own, on the disk. The first new one removes those that an earlier process left behind. */
export class DiskPatchFolders implements PatchFolders {
	readonly #parent: string;
	#isClean = false;

	constructor(parent: string) {
		this.#parent = parent;
	}

	async isAvailable(): Promise<boolean> {
		const [rsync, tar] = await Promise.all([runProgram('rsync', ['--version']), runProgram('tar', ['--version'])]);
		return rsync.state === 'ended' && tar.state === 'ended';
	}

	async create(): Promise<PatchFolder> {
		if (!this.#isClean) {
			this.#isClean = true;
			await rm(this.#parent, { recursive: true, force: true });
		}
		await mkdir(this.#parent, { recursive: true });
		return new DiskPatchFolder(await mkdtemp(join(this.#parent, 'image-')));
	}
}

/** Unpacks with modes and owners; `strip`: without so many first folders of each path. */
export async function unpackArchive(
	{
		directory,
		archive,
		strip,
	}: { readonly directory: string; readonly archive: AsyncIterable<Uint8Array>; readonly strip: number },
	signal: AbortSignal,
): Promise<void> {
	const args = ['--extract', '--preserve-permissions', `--strip-components=${strip}`, '--directory', directory];
	const { exitCode, stderr } = await feed(await start('tar', args, signal), archive, signal);
	if (exitCode !== 0) {
		throw new OperationalError(
			'unpack-failed',
			`cannot unpack into ${directory}: tar ended with ${exitCode}: ${stderr}`,
		);
	}
}

class DiskPatchFolder implements PatchFolder {
	readonly #path: string;

	constructor(path: string) {
		this.#path = path;
	}

	async unpack(archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
		const args = ['--extract', '--numeric-owner', '--preserve-permissions', '--xattrs', '--xattrs-include=*'];
		const { exitCode, stderr } = await feed(
			await start('tar', [...args, '--directory', this.#path], signal),
			archive,
			signal,
		);
		if (exitCode !== 0) {
			throw new OperationalError('delta-unpack', `cannot unpack the image: tar ended with ${exitCode}: ${stderr}`);
		}
	}

	async applyBatch(batch: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
		const args = ['--archive', '--delete', '--read-batch=-', `${this.#path}/`];
		return (await feed(await start('rsync', args, signal), batch, signal)).exitCode;
	}

	async *pack(signal: AbortSignal): AsyncGenerator<Uint8Array> {
		const args = ['--create', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--directory', this.#path, '.'];
		const child = await start('tar', args, signal);
		const ended = endOf(child);
		child.stdin.end();
		try {
			for await (const chunk of child.stdout) {
				yield chunk as Uint8Array; // without an encoding chunks are always buffers
			}
			const { exitCode, stderr } = await ended;
			if (exitCode !== 0) {
				throw new OperationalError('delta-pack', `cannot pack the image: tar ended with ${exitCode}: ${stderr}`);
			}
		} finally {
			child.kill('SIGKILL');
		}
	}

	remove(): Promise<void> {
		return rm(this.#path, { recursive: true, force: true });
	}
}

async function start(
	program: string,
	args: readonly string[],
	signal: AbortSignal,
): Promise<ChildProcessWithoutNullStreams> {
	signal.throwIfAborted();
	const child = await startProgram(program, args);
	if (isAborted(signal)) {
		child.kill('SIGKILL');
		signal.throwIfAborted();
	}
	return child;
}

interface End {
	readonly exitCode: number;
	readonly stderr: string;
}

function endOf(child: ChildProcessWithoutNullStreams): Promise<End> {
	let stderr = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr = (stderr + text).slice(-STDERR_MAX);
	});
	return new Promise((resolve) => {
		child.once('close', (code) => {
			resolve({ exitCode: code ?? 128, stderr: stderr.trim() });
		});
	});
}

/**
 * Writes no faster than the program reads. The exit code counts, not whether the program has read everything; but its
 * input must be complete.
 */
async function feed(
	child: ChildProcessWithoutNullStreams,
	input: AsyncIterable<Uint8Array>,
	signal: AbortSignal,
): Promise<End> {
	child.stdout.resume();
	const ended = endOf(child);
	const kill = () => {
		child.kill('SIGKILL');
	};
	let timer: NodeJS.Timeout | undefined;
	signal.addEventListener('abort', kill, { once: true });
	try {
		await pipeline(Readable.from(input, { objectMode: false }), child.stdin);
		timer = setTimeout(kill, EXIT_LIMIT_MS);
	} catch (error) {
		if (!isUnread(error)) {
			kill();
			await ended;
			signal.throwIfAborted();
			throw error;
		}
	} finally {
		await ended;
		clearTimeout(timer);
		signal.removeEventListener('abort', kill);
	}
	signal.throwIfAborted();
	return ended;
}

/** The program ended before it had read everything: its exit code gives the reason. */
function isUnread(error: unknown): boolean {
	return error instanceof Error && 'code' in error && UNREAD.includes(error.code);
}

const UNREAD: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'];
