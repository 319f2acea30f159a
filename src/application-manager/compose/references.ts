import type { Dependency } from '../../domain/service.ts';
import type { TargetRelease } from '../../domain/target.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { keysOf, type WrittenKey, type WrittenKeys } from './composition-keys.ts';
import { findCircles, orderEdges } from './dependency-order.ts';
import { parseDependsOn } from './depends-on.ts';
import { sharedWith } from './namespaces.ts';
import { textOfScalar } from './parse-scalar.ts';
import { nowhere, type Place } from './place.ts';
import { isAppNetwork } from './service-networks.ts';

/** The references of a release's services to each other and to its networks, before any of them is composed. */

interface Reference {
	readonly to: string;
	readonly at: Place;
}

/** One service that runs. */
interface Referring {
	readonly name: string;
	readonly keys: WrittenKeys;
	readonly place: Place;
	/** Services without which its container cannot be created. */
	readonly needs: readonly Reference[];
	readonly dependencies: readonly (Reference & Pick<Dependency, 'condition'>)[];
}

interface ReferencesToCheck {
	readonly release: TargetRelease;
	/** Services that run, by name. */
	readonly run: ReadonlySet<string>;
	readonly leftOut: readonly string[];
	/** Paths of the services. */
	readonly place: Place;
}

/**
 * Refuses references that can never be resolved (decision D21). If that was found when the container is created, the
 * running one would already be removed. A dependency that can never be met is only ignored, as in version 19. Returns
 * the services that others wait to complete.
 */
export function checkReferences(check: ReferencesToCheck): { readonly awaited: ReadonlySet<string> } {
	const services = [...check.run].map((name) => referringOf(name, check));
	const networks = new Set([...Object.keys(check.release.networks), 'default']);
	for (const service of services) {
		refuseMissing(service, check);
		refusePrivateIpc(service, check);
		noteMissing(service, check);
		for (const { to, at } of networksOf(service)) {
			if (!networks.has(to)) {
				at.refuse(`the release declares no network ${quoted(to)}: add it to "networks" beside "services"`);
			}
		}
	}
	refuseCircles(services);
	return { awaited: awaitedBy(services) };
}

function referringOf(name: string, { release, place }: ReferencesToCheck): Referring {
	const keys = keysOf(release.services[name]?.composition ?? {});
	const at = place.key(name);
	return { name, keys, place: at, needs: needsOf(keys, at), dependencies: dependenciesOf(keys, at) };
}

function needsOf(keys: WrittenKeys, place: Place): readonly Reference[] {
	const shared = ['networkMode', 'pid', 'ipc'].flatMap((name): readonly Reference[] => {
		const entry = keys.get(name);
		const to = typeof entry?.value === 'string' ? sharedWith(entry.value) : undefined;
		return entry === undefined || to === undefined ? [] : [{ to, at: place.key(entry.key) }];
	});
	const listed = ['links', 'volumesFrom'].flatMap((name) =>
		(Array.isArray(keys.get(name)?.value) ? itemsOf(keys.get(name), place) : [])
			// Containers outside the release: ignored, with a notice.
			.filter(({ to }) => !(name === 'volumesFrom' && to.startsWith('container:')))
			.map(({ to, at }) => ({ to: to.split(':')[0]?.trim() ?? '', at })),
	);
	return [...shared, ...listed];
}

/** The texts of a list, or the names of a map. Values of other types get their notice where they are parsed. */
function itemsOf(entry: WrittenKey | undefined, place: Place): readonly Reference[] {
	const at = place.key(entry?.key ?? '');
	if (Array.isArray(entry?.value)) {
		return (entry.value as readonly unknown[]).flatMap((raw, index) =>
			typeof raw === 'string' || typeof raw === 'number' ? [{ to: String(raw), at: at.item(index) }] : [],
		);
	}
	return isPlainObject(entry?.value) ? Object.keys(entry.value).map((to) => ({ to, at: at.key(to) })) : [];
}

function dependenciesOf(keys: WrittenKeys, place: Place): Referring['dependencies'] {
	const entry = keys.get('dependsOn');
	const conditions = new Map(
		entry?.value == null
			? []
			: parseDependsOn(entry.value, nowhere()).map(({ service, condition }) => [service, condition]),
	);
	return itemsOf(entry, place).map(({ to, at }) => ({ to, at, condition: conditions.get(to) ?? 'service_started' }));
}

/** Networks of the app by their names in the release. */
function networksOf({ keys, place }: Referring): readonly Reference[] {
	const mode = keys.get('networkMode');
	const text = mode?.value == null ? '' : textOfScalar(mode.value);
	const own = mode !== undefined && isAppNetwork(text) ? [{ to: text, at: place.key(mode.key) }] : [];
	return [...own, ...itemsOf(keys.get('networks'), place)];
}

function refuseMissing({ name, needs }: Referring, check: ReferencesToCheck): void {
	for (const { to, at } of needs) {
		if (to === name) {
			at.refuse(`service ${quoted(to)} names itself`);
		} else if (!check.run.has(to)) {
			at.refuse(whyNotRun(to, check));
		}
	}
}

function noteMissing({ dependencies }: Referring, check: ReferencesToCheck): void {
	for (const { to, at } of dependencies) {
		if (!check.run.has(to)) {
			at.note(`Ignoring the dependency on ${to}: ${whyNotRun(to, check)}`);
		}
	}
}

function whyNotRun(name: string, { release, leftOut }: ReferencesToCheck): string {
	if (leftOut.includes(name)) {
		return `service ${quoted(name)} is left out of the app`;
	}
	return Object.hasOwn(release.services, name)
		? `service ${quoted(name)} is not run by the supervisor`
		: `the release has no service ${quoted(name)}`;
}

/** Long names would hide the rest of the message. */
const SHOWN_LENGTH_MAX = 80;

function quoted(name: string): string {
	return `"${name.length > SHOWN_LENGTH_MAX ? `${name.slice(0, SHOWN_LENGTH_MAX)}…` : name}"`;
}

/** The engine refuses to share such an IPC namespace, but only when the container is started. */
function refusePrivateIpc({ keys, place }: Referring, { release }: ReferencesToCheck): void {
	const entry = keys.get('ipc');
	const owner = typeof entry?.value === 'string' ? sharedWith(entry.value) : undefined;
	if (entry === undefined || owner === undefined || !Object.hasOwn(release.services, owner)) {
		return;
	}
	const own = keysOf(release.services[owner]?.composition ?? {}).get('ipc')?.value;
	if (own === 'private' || own === 'none') {
		place
			.key(entry.key)
			.refuse(`service ${quoted(owner)} has ipc: ${own}, which others cannot share: give it ipc: shareable`);
	}
}

function refuseCircles(services: readonly Referring[]): void {
	const others = ({ name, needs }: Referring) => needs.filter(({ to }) => to !== name);
	const edges = new Map(services.map((service) => [service.name, others(service).map(({ to }) => to)]));
	for (const circle of findCircles(edges)) {
		const first = services.find(({ name }) => name === circle[0]);
		const step = first && others(first).find(({ to }) => circle.includes(to));
		step?.at.refuse(`services need each other in a circle: ${circle.join(', ')}`);
	}
}

/** Services that another one waits to complete; in a cycle none waits (spec: planner P13). */
function awaitedBy(services: readonly Referring[]): ReadonlySet<string> {
	const edges = services.map(({ name, needs, dependencies }) => {
		return [name, [...needs, ...dependencies].map(({ to }) => to)] as const;
	});
	const { counts } = orderEdges(new Map(edges));
	return new Set(
		services.flatMap(({ name, dependencies }) =>
			dependencies
				.filter(({ to, condition }) => condition === 'service_completed_successfully' && counts(name, to))
				.map(({ to }) => to),
		),
	);
}
