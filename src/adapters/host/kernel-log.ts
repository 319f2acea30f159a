import { runProgram } from '../files/index.ts';

/** The ring buffer of the kernel; empty if it must not be read. */
export async function readKernelLog(): Promise<string> {
	const result = await runProgram('dmesg', []);
	return result.state === 'missing' ? '' : result.stdout;
}
