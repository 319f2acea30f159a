const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `7.3 GB` */
export function formatBytes(bytes: number): string {
	let value = bytes;
	let unit = 0;
	while (value >= 1000 && unit < UNITS.length - 1) {
		value /= 1000;
		unit += 1;
	}
	return `${value < 10 && unit > 0 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit] ?? ''}`;
}

const SPANS: readonly (readonly [string, number])[] = [
	['d', 86_400],
	['h', 3600],
	['min', 60],
	['s', 1],
];

/** The two largest units: `3 d 4 h`, `12 s`. A clock that was set back shows as no time at all. */
export function formatSpan(ms: number): string {
	let seconds = Math.max(0, Math.floor(ms / 1000));
	const parts: string[] = [];
	for (const [unit, length] of SPANS) {
		const count = Math.floor(seconds / length);
		seconds -= count * length;
		if (count > 0) parts.push(`${count} ${unit}`);
		else if (parts.length > 0) break;
		if (parts.length === 2) break;
	}
	return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** Since a time of the device; empty where it is not known. */
export function formatSince(time: string | null | undefined, nowMs: number): string {
	const at = time == null ? Number.NaN : Date.parse(time);
	return Number.isNaN(at) ? '' : formatSpan(nowMs - at);
}

/** Releases are hashes: their beginning is what people compare. */
export function shortRelease(release: string | null | undefined): string {
	return release == null ? 'none' : release.slice(0, 7);
}

/** In the time zone of the reader, with seconds. */
export function formatTime(time: string | number): string {
	const date = new Date(time);
	return Number.isNaN(date.getTime())
		? ''
		: date.toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' });
}

/** Services colour their lines for terminals; a page shows the text. */
export function withoutColours(text: string): string {
	return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '');
}

/** `applying changes`, `on_target` → as a label. */
export function labelOf(word: string): string {
	const text = word.replaceAll('_', ' ');
	return text.charAt(0).toUpperCase() + text.slice(1);
}
