import type { Sample } from './statistics.ts';

export interface Row {
	readonly what: string;
	readonly unit: 'ms' | 'MB' | '×' | 'a day';
	readonly sample: Sample;
	/** The figure must stay below. */
	readonly target?: number;
}

export function isMissed({ sample, target }: Row): boolean {
	// A missing figure is a failure.
	return target !== undefined && !(sample.median < target);
}

export function printTable(rows: readonly Row[]): void {
	const lines = [['', 'median', 'min – max', 'n', 'target', ''], ...rows.map(describe)];
	const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
	for (const line of lines) {
		const cells = line.map((cell, column) =>
			column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
		);
		console.log(cells.join('  ').trimEnd());
	}
}

function describe(row: Row): readonly string[] {
	const { median, min, max, count } = row.sample;
	const format = (value: number) =>
		value.toFixed((row.unit === 'ms' && value >= 100) || row.unit === 'a day' ? 0 : row.unit === '×' ? 2 : 1);
	const target = row.target === undefined ? '' : `< ${row.target} ${row.unit}`;
	const verdict = row.target === undefined ? '' : isMissed(row) ? 'missed' : 'met';
	return [row.what, `${format(median)} ${row.unit}`, `${format(min)} – ${format(max)}`, String(count), target, verdict];
}
