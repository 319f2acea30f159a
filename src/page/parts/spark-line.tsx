interface Props {
	readonly name: string;
	readonly unit: string;
	/** Oldest first; null where the host did not say. */
	readonly values: readonly (number | null)[];
	readonly max: number;
	/** Beside the number. */
	readonly detail?: string;
}

const WIDTH = 120;
const HEIGHT = 32;

/** One value of the host over the last minutes. The number says the same to those who do not see the line. */
export function SparkLine({ name, unit, values, max, detail }: Props) {
	const last = values.findLast((value) => value !== null);
	return (
		<figure class="spark">
			<figcaption>{name}</figcaption>
			<svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
				<polyline points={pointsOf(values, max)} />
			</svg>
			<strong>{last == null ? 'not known' : `${Math.round(last)} ${unit}`}</strong>
			{detail === undefined ? undefined : <small>{detail}</small>}
		</figure>
	);
}

function pointsOf(values: readonly (number | null)[], max: number): string {
	const step = WIDTH / Math.max(1, values.length - 1);
	return values
		.flatMap((value, index) =>
			value === null ? [] : [`${(index * step).toFixed(1)},${(HEIGHT - (value / max) * HEIGHT).toFixed(1)}`],
		)
		.join(' ');
}
