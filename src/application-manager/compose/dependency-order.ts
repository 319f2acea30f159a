import type { ServiceSpec } from '../../domain/service.ts';

export interface DependencyOrder {
	/** Whether `from` has to wait for `to`: unknown services and edges of a cycle do not count. */
	readonly counts: (from: string, to: string) => boolean;
	/** Services that depend on themselves through others: their edges are ignored, with a notice. */
	readonly cycles: readonly (readonly string[])[];
}

/** By service, the services that it names. */
type Edges = ReadonlyMap<string, readonly string[]>;

/**
 * Finds the cycles of `depends_on` (strongly connected groups), so that no service waits for ever (spec: planner P13).
 */
export function orderDependencies(services: readonly ServiceSpec[]): DependencyOrder {
	return orderEdges(new Map(services.map((s) => [s.identity.serviceName, s.dependsOn.map((d) => d.service)])));
}

export function orderEdges(edges: Edges): DependencyOrder {
	const cycles = findCircles(edges);
	const group = new Map(cycles.flatMap((members, index) => members.map((member) => [member, index])));
	return {
		counts: (from, to) => edges.has(to) && (group.get(from) === undefined || group.get(from) !== group.get(to)),
		cycles,
	};
}

/** Groups of services that depend on themselves, each in alphabetical order. */
export function findCircles(edges: Edges): readonly (readonly string[])[] {
	return stronglyConnected(edges)
		.filter((members) => members.length > 1 || members.some((member) => edges.get(member)?.includes(member)))
		.map((members) => members.sort());
}

/** Tarjan's algorithm, iterative: a release may hold hundreds of services in one chain. */
function stronglyConnected(edges: Edges): string[][] {
	const index = new Map<string, number>();
	const low = new Map<string, number>();
	const stack: string[] = [];
	const onStack = new Set<string>();
	const groups: string[][] = [];
	const visit = (name: string) => {
		index.set(name, index.size);
		low.set(name, index.size - 1);
		stack.push(name);
		onStack.add(name);
		return { name, next: 0 };
	};
	for (const start of edges.keys()) {
		if (index.has(start)) {
			continue;
		}
		const path = [visit(start)];
		for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
			const to = edges.get(frame.name)?.[frame.next];
			frame.next += 1;
			if (to === undefined) {
				path.pop();
				const parent = path.at(-1);
				if (parent !== undefined) {
					low.set(parent.name, Math.min(low.get(parent.name) ?? 0, low.get(frame.name) ?? 0));
				}
				if (low.get(frame.name) === index.get(frame.name)) {
					groups.push(popGroup(stack, onStack, frame.name));
				}
			} else if (edges.has(to) && !index.has(to)) {
				path.push(visit(to));
			} else if (onStack.has(to)) {
				low.set(frame.name, Math.min(low.get(frame.name) ?? 0, index.get(to) ?? 0));
			}
		}
	}
	return groups;
}

function popGroup(stack: string[], onStack: Set<string>, root: string): string[] {
	const members: string[] = [];
	for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
		onStack.delete(name);
		members.push(name);
		if (name === root) {
			break;
		}
	}
	return members;
}
