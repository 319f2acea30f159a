import { readFileSync } from 'node:fs';

export interface Memory {
	/** Memory cost of the process: private pages that are not backed by a file. */
	readonly privateDirtyMb: number;
	/** Pages shared with others counted in part. */
	readonly pssMb: number;
	readonly rssMb: number;
}

export function readMemory(pid: number): Memory {
	const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) / 1024;
	return { privateDirtyMb: read('Private_Dirty'), pssMb: read('Pss'), rssMb: read('Rss') };
}

/** The unit of the kernel's accounting, on every machine that Node runs on. */
const TICK_MS = 10;

/** Of the process alone, children left out. */
export function readCpuMs(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
