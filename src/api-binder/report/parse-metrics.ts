/** The texts of /proc that metrics are made from. */

export interface CpuTimes {
	readonly busy: number;
	readonly total: number;
}

/** The sum over all processors: the first line of `/proc/stat`. */
export function parseCpuTimes(text: string): CpuTimes | undefined {
	const line = /^cpu +(\d[\d ]*)$/m.exec(text)?.[1];
	if (line === undefined) {
		return undefined;
	}
	// user nice system idle iowait irq softirq steal; what follows is part of `user` already
	const times = line.trim().split(/ +/).slice(0, 8).map(Number);
	const total = times.reduce((sum, time) => sum + time, 0);
	return { total, busy: total - (times[3] ?? 0) - (times[4] ?? 0) };
}

/** Percent. */
export function usageBetween(before: CpuTimes, now: CpuTimes): number {
	const total = now.total - before.total;
	return total <= 0 ? 0 : Math.min(100, Math.max(0, Math.round((100 * (now.busy - before.busy)) / total)));
}

export function parseMemory(text: string): { readonly totalKib: number; readonly usedKib: number } | undefined {
	const valueOf = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? NaN);
	const totalKib = valueOf('MemTotal');
	const cached = valueOf('Cached') + valueOf('Buffers') + valueOf('SReclaimable');
	const usedKib = totalKib - valueOf('MemFree') - cached;
	return Number.isNaN(usedKib) ? undefined : { totalKib, usedKib: Math.max(0, usedKib) };
}

export interface Mount {
	readonly device: string;
	readonly path: string;
}

/** `/proc/mounts`; blanks in names are written as octal numbers. */
export function parseMounts(text: string): readonly Mount[] {
	return text.split('\n').flatMap((line) => {
		const [device, path] = line.split(' ').map(unescapeOctal);
		return device === undefined || path === undefined || !device.startsWith('/') ? [] : [{ device, path }];
	});
}

export function findDataMount(mounts: readonly Mount[]): Mount | undefined {
	return mounts.find(({ path }) => path.includes('/data'));
}

function unescapeOctal(text: string): string {
	return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
