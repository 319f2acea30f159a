/**
 * What a step touches, as paths: `app/1` covers `app/1/service/web`. Shared parts of the host are resources too:
 * `host/port/tcp/80`.
 */
export type Resource = string;

export interface Footprint {
	readonly writes: readonly Resource[];
	readonly reads: readonly Resource[];
}

/** Whether the paths are equal or one contains the other. */
function overlaps(a: Resource, b: Resource): boolean {
	return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Two steps run together only if neither writes what the other reads or writes. */
export function conflicts(a: Footprint, b: Footprint): boolean {
	return (
		a.writes.some((mine) => b.writes.some((theirs) => overlaps(mine, theirs))) ||
		a.writes.some((mine) => b.reads.some((theirs) => overlaps(mine, theirs))) ||
		a.reads.some((mine) => b.writes.some((theirs) => overlaps(mine, theirs)))
	);
}
