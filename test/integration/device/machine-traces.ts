import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** What a host may have left on the machine: everything that names its folder or lives in its network. */
interface MachineTraces {
	readonly processes: readonly string[];
	readonly mounts: readonly string[];
	readonly cgroups: readonly string[];
}

export const NO_TRACES: MachineTraces = { processes: [], mounts: [], cgroups: [] };

export function findTraces(host: {
	readonly directory: string;
	readonly network: string;
	readonly cgroup: string;
}): MachineTraces {
	return {
		processes: listProcesses()
			.filter(({ pid, command }) => command.includes(host.directory) || readNetwork(pid) === host.network)
			.map(({ command }) => command),
		mounts: readFileSync('/proc/self/mounts', 'utf8')
			.split('\n')
			.filter((line) => line.includes(host.directory)),
		cgroups: ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}`)]
			.map((root) => `${root}/${host.cgroup}`)
			.filter((folder) => existsSync(folder)),
	};
}

/** The network namespace a process is in, as the kernel names it. */
export function readNetwork(pid: number): string | undefined {
	try {
		return readlinkSync(`/proc/${pid}/ns/net`);
	} catch {
		return undefined; // it has ended, and a process that ended is in no network
	}
}

/** Rules and interfaces, without counters and dates. */
export function readFirewall(): string {
	const rules = execFileSync('iptables-save', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
	const lines = rules.split('\n').filter((line) => !line.startsWith('#'));
	return [...lines.map((line) => line.replace(/ \[\d+:\d+\]$/, '')), ...readdirSync('/sys/class/net')].join('\n');
}

function listProcesses(): readonly { readonly pid: number; readonly command: string }[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
		.map((name) => ({ pid: Number(name), command: readCommand(name) }));
}

function readCommand(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
	} catch {
		return ''; // it ended meanwhile
	}
}
