/** Files of control groups, both versions. Pure. What is not a number is absent. */

/** A file with one number. */
export function parseNumber(text: string | undefined): number | undefined {
	const trimmed = text?.trim() ?? '';
	return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** `key value` lines: `cpu.stat`, `memory.stat`. */
export function parseKeyed(text: string | undefined, key: string): number | undefined {
	const line = (text ?? '').split('\n').find((one) => one.startsWith(`${key} `));
	return parseNumber(line?.slice(key.length));
}

export interface BlockBytes {
	readonly blockReadBytes: number;
	readonly blockWrittenBytes: number;
}

/** `8:0 rbytes=1 wbytes=2 …`, a line for each disk; an empty file: nothing was read or written. */
export function parseIoStat(text: string | undefined): BlockBytes | undefined {
	return text === undefined ? undefined : sumBlocks(text, /\brbytes=(\d+)/g, /\bwbytes=(\d+)/g);
}

/** `8:0 Read 1`: `blkio.throttle.io_service_bytes`, of version 1. */
export function parseServiceBytes(text: string | undefined): BlockBytes | undefined {
	return text === undefined ? undefined : sumBlocks(text, /^\d+:\d+ Read (\d+)$/gm, /^\d+:\d+ Write (\d+)$/gm);
}

function sumBlocks(text: string, read: RegExp, written: RegExp): BlockBytes {
	const sum = (pattern: RegExp) =>
		[...text.matchAll(pattern)].reduce((total, [, digits]) => total + Number(digits ?? 0), 0);
	return { blockReadBytes: sum(read), blockWrittenBytes: sum(written) };
}

/** As the tools of engines count: files that can be dropped at once are not in use. */
export function memoryInUse(current: number | undefined, inactiveFile: number | undefined): number | undefined {
	return current === undefined ? undefined : Math.max(0, current - (inactiveFile ?? 0));
}

export interface NetworkBytes {
	readonly receivedBytes: number;
	readonly transmittedBytes: number;
}

/** `/proc/PID/net/dev`, without the loopback. */
export function parseNetDev(text: string | undefined): NetworkBytes | undefined {
	if (text === undefined) {
		return undefined;
	}
	let receivedBytes = 0;
	let transmittedBytes = 0;
	for (const line of text.split('\n')) {
		const at = line.indexOf(':');
		const name = line.slice(0, at).trim();
		const fields = line
			.slice(at + 1)
			.trim()
			.split(/\s+/)
			.map(Number);
		const [received] = fields;
		const transmitted = fields[8];
		if (at < 0 || name === 'lo' || received === undefined || transmitted === undefined) continue;
		receivedBytes += received;
		transmittedBytes += transmitted;
	}
	return { receivedBytes, transmittedBytes };
}

/**
 * Where a process is in a hierarchy, from `/proc/PID/cgroup`; `controller` is empty for version 2. Absent where the path leads
 * out of what this process can see.
 */
export function parseGroup(text: string | undefined, controller: string): string | undefined {
	for (const line of (text ?? '').split('\n')) {
		const [, names = '', path = ''] = line.split(':');
		if (line !== '' && names.split(',').includes(controller) && !path.split('/').includes('..')) {
			return path.replace(/^\/+/, '');
		}
	}
	return undefined;
}

/**
 * Where engines put a container, below the root of the hierarchy: with the driver cgroupfs, with systemd, and below a
 * parent that the service asks for.
 */
export function candidateFolders(containerId: string, parent: string | undefined): readonly string[] {
	const scopes = ['docker', 'balena'].map((prefix) => `${prefix}-${containerId}.scope`);
	const below = (parent ?? '').replace(/^\/+|\/+$/g, '');
	const asked = below === '' || below.includes('..') ? [] : [`${below}/${containerId}`, ...inSlice(below, scopes)];
	return [
		...asked,
		...scopes.map((scope) => `system.slice/${scope}`),
		...['docker', 'balena', 'balena-engine'].map((name) => `${name}/${containerId}`),
	];
}

/** `a-b.slice` is in `a.slice`. */
function inSlice(slice: string, scopes: readonly string[]): readonly string[] {
	if (!slice.endsWith('.slice') || slice.includes('/')) return [];
	const parts = slice.slice(0, -'.slice'.length).split('-');
	const path = parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`).join('/');
	return scopes.map((scope) => `${path}/${scope}`);
}
