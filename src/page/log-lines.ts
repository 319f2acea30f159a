import type { LogLine } from './answers.ts';
import { withoutColours } from './format.ts';

export interface ShownLine extends LogLine {
	/** Grows by one with each line. */
	readonly number: number;
}

const LINES_MAX = 1000;

/**
 * Adds lines, and drops the oldest. `resumedAtMs`: a stream that continues there begins earlier, for the lines of a new
 * container that were written before it was seen; it repeats lines that are there.
 */
export function addLines(
	lines: readonly ShownLine[],
	found: readonly LogLine[],
	resumedAtMs?: number,
): readonly ShownLine[] {
	const first = lines.reduce((max, { number }) => Math.max(max, number), 0) + 1;
	const added = found
		.filter((line) => resumedAtMs === undefined || !isRepeated(lines, line, resumedAtMs))
		.map((line, index) => ({ ...line, message: withoutColours(line.message), number: first + index }));
	if (added.length === 0) return lines;
	const all = [...lines, ...added];
	const isInOrder = resumedAtMs === undefined || added.every(({ timestamp = Infinity }) => timestamp > resumedAtMs);
	return (isInOrder ? all : all.sort(byTime)).slice(-LINES_MAX);
}

function isRepeated(lines: readonly ShownLine[], line: LogLine, resumedAtMs: number): boolean {
	const { timestamp = Infinity, message, serviceName } = line;
	return (
		timestamp <= resumedAtMs &&
		lines.some(
			(shown) =>
				shown.timestamp === timestamp && shown.serviceName === serviceName && shown.message === withoutColours(message),
		)
	);
}

function byTime(one: ShownLine, other: ShownLine): number {
	return (one.timestamp ?? 0) - (other.timestamp ?? 0) || one.number - other.number;
}

/** From which time a stream continues after a break. */
export function lastTimeOf(lines: readonly ShownLine[]): number | undefined {
	return lines.findLast(({ timestamp }) => timestamp !== undefined)?.timestamp;
}

/** In any letter case, in the text or the name of the service. */
export function searchLines(lines: readonly ShownLine[], search: string): readonly ShownLine[] {
	const wanted = search.trim().toLowerCase();
	if (wanted === '') return lines;
	return lines.filter(({ message, serviceName = '' }) => `${serviceName} ${message}`.toLowerCase().includes(wanted));
}

/** As a file: one line each, with its time and service. */
export function toText(lines: readonly ShownLine[]): string {
	return lines
		.map(({ timestamp, serviceName = 'device', message }) => {
			const time = timestamp === undefined ? '' : `${new Date(timestamp).toISOString()} `;
			return `${time}${serviceName}: ${message}\n`;
		})
		.join('');
}
