import { spawn } from 'node:child_process';

export type ProgramResult =
	| { readonly state: 'missing' }
	| {
			readonly state: 'ended';
			readonly exitCode: number | null;
			readonly stdout: string;
			readonly stdoutBytes: Uint8Array;
			readonly stderr: string;
	  };

/** Runs a program to its end, without a shell. `missing`: there is none of that name. */
export function runProgram(
	program: string,
	args: readonly string[],
	stdin: string | Uint8Array = '',
): Promise<ProgramResult> {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
		const stdout: Buffer[] = [];
		const stderr: Buffer[] = [];
		child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
		child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
		child.stdin.on('error', () => undefined); // it ended without reading; its exit code says what happened
		child.on('error', (error: NodeJS.ErrnoException) => {
			// A folder of the path that may not be entered hides what it holds.
			if (error.code === 'ENOENT' || error.code === 'EACCES') {
				resolve({ state: 'missing' });
			} else {
				reject(error);
			}
		});
		child.on('close', (exitCode) => {
			const stdoutBytes = Buffer.concat(stdout);
			const texts = { stdout: stdoutBytes.toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
			resolve({ state: 'ended', exitCode, stdoutBytes, ...texts });
		});
		child.stdin.end(stdin);
	});
}
