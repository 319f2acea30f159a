/** One cycle for each file that can come back to itself and has not been named in another, as text. */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
	const named = new Set<string>();
	const cycles: string[] = [];
	for (const start of graph.keys()) {
		const way = named.has(start) ? undefined : findWayBack(graph, start);
		if (way === undefined) continue;
		for (const file of way) named.add(file);
		cycles.push([...way, start].join(' → '));
	}
	return cycles;
}

/** Breadth first, so the shortest. */
function findWayBack(graph: ReadonlyMap<string, readonly string[]>, start: string): readonly string[] | undefined {
	const ways: (readonly string[])[] = [[start]];
	const seen = new Set<string>();
	for (const way of ways) {
		for (const next of graph.get(way.at(-1) ?? start) ?? []) {
			if (next === start) return way;
			if (seen.has(next)) continue;
			seen.add(next);
			ways.push([...way, next]);
		}
	}
	return undefined;
}
