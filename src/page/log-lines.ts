import type { LogLine } from './answers.ts';
import { withoutColours } from './format.ts';

export interface ShownLine extends LogLine {
	/** Grows by one with each line. */
	readonly number: number;
}

const LINES_MAX = 1000;

/** Adds lines, and drops the oldest. `resumedAtMs`: a stream that continues there repeats lines of that moment. */
export function addLines(
	lines: readonly ShownLine[],
	found: readonly LogLine[],
	resumedAtMs?: number,
): readonly ShownLine[] {
	const first = (lines.at(-1)?.number ?? 0) + 1;
	const added = found
		.filter((line) => resumedAtMs === undefined || !isRepeated(lines, line, resumedAtMs))
		.map((line, index) => ({ ...line, message: withoutColours(line.message), number: first + index }));
	return added.length === 0 ? lines : [...lines, ...added].slice(-LINES_MAX);
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
