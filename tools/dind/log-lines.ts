import { DeviceError } from '../device/index.ts';
import type { Colour, Paint } from './terminal.ts';

/** One line of a log, with its time where it has one. */
export interface LogLine {
	readonly source: string;
	readonly time: string | undefined;
	readonly text: string;
}

const TIME = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?/;
/** What status, release and health checks ask again and again; the supervisor logs it at `LOG_LEVEL=debug`. */
const POLL = /\bGET \/(?:ping|v1\/healthy|v2\/state\/status|v2\/applications\/state)\b/;
/** Written by this tool. */
const OWN = /^dindctl: a release was made$/;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const COLOURS: readonly Colour[] = ['cyan', 'yellow', 'green', 'magenta', 'blue'];

export function parseLine(source: string, line: string): LogLine {
	const time = TIME.exec(line);
	return { source, time: time?.[1], text: line.slice(time?.[0].length ?? 0) };
}

/** Lines of the supervisor; those without a time belong to the line before. */
export function parseSupervisorLog(lines: readonly string[]): readonly LogLine[] {
	let time: string | undefined;
	return lines
		.filter((line) => line !== '' && !OWN.test(line) && !POLL.test(line))
		.map((line) => {
			const parsed = parseLine('supervisor', line);
			time = parsed.time ?? time;
			return { ...parsed, time };
		});
}

/** As docker and journalctl have it: how long ago, or when. */
export function parseSince(text: string, nowMs: number): number {
	const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)];
	if (parts.length > 0 && parts.map(([part]) => part).join('') === text) {
		return parts.reduce((at, [, count, unit = '']) => at - Number(count) * (UNITS_MS[unit] ?? 0), nowMs);
	}
	const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
	if (!Number.isNaN(at)) return at;
	throw new DeviceError(
		`--since ${text} is no time`,
		'Give how long ago, as 90s, 10m, 1h30m or 2d, or a date and time',
	);
}

/** In the order of their times, and the last ones of each source only. Lines of one source keep their order. */
export function mergeLines(logs: readonly (readonly LogLine[])[], linesMax: number): readonly LogLine[] {
	return logs
		.flatMap((log) => log.slice(-linesMax))
		.map((line, at) => ({ line, at, ms: Date.parse(line.time ?? '') || 0 }))
		.sort((one, other) => one.ms - other.ms || one.at - other.at)
		.map(({ line }) => line);
}

interface LineFormat {
	readonly width: number;
	readonly hasPrefix: boolean;
	readonly hasTime: boolean;
	readonly paint: Paint;
}

export function formatLine({ source, time, text }: LogLine, format: LineFormat): string {
	const { width, hasPrefix, hasTime, paint } = format;
	const prefix = hasPrefix ? `${paint(chooseColour(source), `${source.padEnd(width)} |`)} ` : '';
	return `${prefix}${hasTime ? `${time ?? '-'} ` : ''}${text}`;
}

/** The same for a service in each call. */
function chooseColour(source: string): Colour {
	let sum = 0;
	for (let at = 0; at < source.length; at += 1) sum += source.charCodeAt(at);
	return COLOURS[sum % COLOURS.length] ?? 'cyan';
}
