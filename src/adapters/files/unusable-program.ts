import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { systemCodeOf, type FileError } from './file-error.ts';
import type { ProgramResult } from './run-program.ts';

/** Where programs are, in the image and on Linux: those without a path are searched there. */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const HEADER_BYTES = 20;
const ELF_MAGIC = '\x7fELF';
const BIG_ENDIAN = 2;
/** Numbers of the ELF format, names as the cloud spells them; those of Node.js beside them. */
const MACHINES = [
	{ machine: 3, name: 'i386', node: 'ia32' },
	{ machine: 40, name: 'arm', node: 'arm' },
	{ machine: 62, name: 'amd64', node: 'x64' },
	{ machine: 183, name: 'aarch64', node: 'arm64' },
];

/** Error codes of the system for a file that it does not execute. */
const NOT_EXECUTED = ['ENOEXEC', 'ELIBBAD', 'EINVAL'];

/** How an attempt to run the program has ended. */
type Attempt = ProgramResult | { readonly state: 'failed'; readonly error: FileError };

/**
 * Why the system does not execute a program that is installed, such as one of another architecture. `undefined`: it was
 * executed, or there is no program of that name, or it failed for another reason.
 */
export async function explainUnusable(program: string, attempt: Attempt): Promise<string | undefined> {
	const path = mayBeUnusable(attempt) ? await findFile(program) : undefined;
	if (path === undefined) {
		return undefined;
	}
	if (!(await isExecutable(path))) {
		return `cannot execute ${path}: it is not marked as executable`;
	}
	const header = await readHeader(path);
	// A script that was started has chosen its exit code.
	return attempt.state === 'ended' && isScript(header)
		? undefined
		: `cannot execute ${path}: ${judgeHeader(header, process.arch)}`;
}

/** Where the C library gives an unknown format to the shell, the shell fails. */
function mayBeUnusable(attempt: Attempt): boolean {
	switch (attempt.state) {
		case 'missing':
			return true;
		case 'failed':
			return NOT_EXECUTED.includes(systemCodeOf(attempt.error.cause) ?? '');
		case 'ended': {
			const { exitCode, stderr } = attempt;
			return exitCode === 126 || exitCode === 127 || (exitCode === 2 && stderr.includes('Syntax error'));
		}
	}
}

/** Pure. What the first bytes of a program that failed say. */
export function judgeHeader(header: Uint8Array, nodeArchitecture: string): string {
	const bytes = Buffer.from(header);
	if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== ELF_MAGIC) {
		return isScript(header) ? 'its interpreter is missing' : 'it is damaged';
	}
	const machine = bytes[5] === BIG_ENDIAN ? bytes.readUInt16BE(18) : bytes.readUInt16LE(18);
	const known = MACHINES.find((one) => one.machine === machine);
	if (known?.node === nodeArchitecture) {
		return 'its loader is missing, or it is damaged';
	}
	const own = MACHINES.find((one) => one.node === nodeArchitecture)?.name ?? nodeArchitecture;
	return `it is built for ${known?.name ?? `the machine ${String(machine)} of ELF`}, the supervisor for ${own}`;
}

function isScript(header: Uint8Array): boolean {
	return Buffer.from(header).toString('latin1', 0, 2) === '#!';
}

async function findFile(program: string): Promise<string | undefined> {
	const paths = program.includes('/') ? [program] : FOLDERS.map((folder) => `${folder}/${program}`);
	for (const path of paths) {
		if (await isFile(path)) {
			return path;
		}
	}
	return undefined;
}

async function isFile(path: string): Promise<boolean> {
	try {
		return (await stat(path)).isFile();
	} catch (error) {
		if (systemCodeOf(error) === undefined) {
			throw error;
		}
		return false; // not there, or hidden by its folder
	}
}

async function isExecutable(path: string): Promise<boolean> {
	try {
		await access(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

async function readHeader(path: string): Promise<Uint8Array> {
	try {
		return (await readFile(path)).subarray(0, HEADER_BYTES);
	} catch (error) {
		if (systemCodeOf(error) === undefined) {
			throw error;
		}
		return Buffer.alloc(0);
	}
}
