import { readFileSync, readdirSync } from 'node:fs';

/** A process id is used again after its process ended; together with the start time it is not. */
export interface ProcessIdentity {
	readonly pid: number;
	readonly startTime: string;
}

export function readProcess(pid: number): ProcessIdentity | undefined {
	const fields = readStatFields(pid);
	const startTime = fields?.[19];
	// A zombie has ended; only its parent has not asked yet.
	return startTime === undefined || fields?.[0] === 'Z' ? undefined : { pid, startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
	return readProcess(identity.pid)?.startTime === identity.startTime;
}

/** Ends exactly this process. Skips one that has already ended or whose id is now another process. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
	if (isAlive(identity)) kill(identity.pid, signal);
}

function kill(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause; // process.kill throws system errors only
	}
}

/** The same for a process that leads a group of its own, and all in that group. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
	if (isAlive(leader)) kill(-leader.pid, signal);
}

export function findParent(pid: number): number | undefined {
	const parent = Number(readStatFields(pid)?.[1] ?? 0);
	return parent > 0 ? parent : undefined;
}

/** Processes one of whose arguments is this text. */
export function findByArgument(argument: string): readonly number[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name) && readArguments(name).includes(argument))
		.map(Number);
}

export function listChildren(parentPid: number): readonly number[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((pid) => readStatFields(pid)?.[1] === String(parentPid));
}

function readArguments(pid: string): readonly string[] {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
	} catch {
		return []; // it ended meanwhile
	}
}

/** The fields of /proc/PID/stat after the command name, which may itself hold spaces: state, parent, … */
function readStatFields(pid: number): readonly string[] | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	} catch {
		return undefined; // no such process
	}
}
