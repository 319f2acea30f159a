import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { untilStarted } from '../../lib/program-start.ts';
import { FileError, systemCodeOf } from './file-error.ts';

export type ProgramResult =
	| { readonly state: 'missing' }
	| {
			readonly state: 'ended';
			readonly exitCode: number | null;
			readonly stdout: string;
			readonly stdoutBytes: Uint8Array;
			readonly stderr: string;
	  };

/** Without a shell. Rejects with a `FileError` if it cannot be started: `file-missing` if there is none of that name. */
export async function startProgram(program: string, args: readonly string[]): Promise<ChildProcessWithoutNullStreams> {
	try {
		const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
		await untilStarted(child);
		child.stdin.on('error', () => undefined); // it ended without reading; its exit code gives the reason
		return child;
	} catch (cause) {
		const code = systemCodeOf(cause);
		if (code === undefined) {
			throw cause;
		}
		// A folder of the path without access hides its files.
		const isMissing = code === 'ENOENT' || code === 'EACCES';
		throw new FileError(isMissing ? 'file-missing' : 'program-failed', `cannot start ${program}: ${code}`, { cause });
	}
}

/** Runs a program to its end. `missing`: no program has that name. Rejects like `startProgram`. */
export async function runProgram(
	program: string,
	args: readonly string[],
	stdin: string | Uint8Array = '',
): Promise<ProgramResult> {
	let child: ChildProcessWithoutNullStreams;
	try {
		child = await startProgram(program, args);
	} catch (error) {
		if (error instanceof FileError && error.code === 'file-missing') {
			return { state: 'missing' };
		}
		throw error;
	}
	const stdout: Buffer[] = [];
	const stderr: Buffer[] = [];
	child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
	child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
	child.stdin.end(stdin);
	const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
	const stdoutBytes = Buffer.concat(stdout);
	const texts = { stdout: stdoutBytes.toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
	return { state: 'ended', exitCode, stdoutBytes, ...texts };
}
