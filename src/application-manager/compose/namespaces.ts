import type { ServiceConfig } from '../../domain/service.ts';
import { parseTextOrEmpty } from './parse-scalar.ts';
import type { Place } from './place.ts';

const SERVICE = 'service:';
const CONTAINER = 'container:';

/** Fields that may share a namespace of another service, with their names in compose (decision D20). */
export const NAMESPACE_FIELDS = { networkMode: 'network_mode', pid: 'pid', ipc: 'ipc' } as const;
export type NamespaceField = keyof typeof NAMESPACE_FIELDS;
const FIELDS = Object.keys(NAMESPACE_FIELDS) as readonly NamespaceField[];

/** The service whose namespace `service:<name>` shares. No regular expression: one that trims is slow on a text of blanks. */
export function sharedWith(mode: string): string | undefined {
	const text = mode.trim();
	return text.startsWith(SERVICE) ? text.slice(SERVICE.length).trim() || undefined : undefined;
}

/** Refuses `service:` without a name, which no engine and no release can resolve. */
export function parseMode(value: unknown, place: Place): string | undefined {
	const mode = parseTextOrEmpty(value, place);
	const isNameless = mode?.trim().startsWith(SERVICE) === true && sharedWith(mode) === undefined;
	return isNameless ? place.refuse('expected the name of a service after "service:"') : mode;
}

/** Services of the release whose network, process or IPC namespace this service shares. */
export function namespaceOwnersOf(config: ServiceConfig): readonly string[] {
	return unique(FIELDS.map((field) => sharedWith(config[field])));
}

/** Ids of the containers whose namespaces a live container shares. */
export function sharedContainersOf(config: ServiceConfig): readonly string[] {
	return unique(
		FIELDS.map((field) =>
			config[field].startsWith(CONTAINER) ? config[field].slice(CONTAINER.length) || undefined : undefined,
		),
	);
}

function unique(names: readonly (string | undefined)[]): readonly string[] {
	return [...new Set(names.filter((name) => name !== undefined))];
}

/** The value of a mode for the engine: the container in place of the service. */
export function engineMode(mode: string, containerIds: ReadonlyMap<string, string>): string | undefined {
	const owner = sharedWith(mode);
	if (owner === undefined) {
		return mode;
	}
	const id = containerIds.get(owner);
	return id === undefined ? undefined : `${CONTAINER}${id}`;
}
