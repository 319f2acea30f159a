import type { PortMap } from '../../domain/service.ts';
import { parseItems } from './parse-list.ts';
import { integerOf, isPlainObject } from './parse-scalar.ts';
import type { Place } from './place.ts';

const DEFINITION = /^(?:(?:([a-fA-F\d.:]+):)?(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(udp|tcp))?$/;
const PORT_MAX = 65535;

export function parsePorts(value: unknown, place: Place): readonly PortMap[] | undefined {
	const ports = parseItems(value, place, (raw, at) => {
		const definition = definitionOf(raw);
		return definition === undefined ? at.refuseValue('a port definition', raw) : parsePort(definition, at);
	});
	return ports && foldPorts(ports);
}

/** The short form of what may stand in the list (spec: compose C2). */
function definitionOf(raw: unknown): string | undefined {
	if (typeof raw === 'string') {
		return raw;
	}
	if (typeof raw === 'number') {
		return String(raw);
	}
	const published = portText(isPlainObject(raw) ? raw['published'] : undefined);
	const target = portText(isPlainObject(raw) ? raw['target'] : undefined);
	if (!isPlainObject(raw) || target === undefined) {
		return undefined;
	}
	const host = raw['host_ip'] ?? raw['hostIp'] ?? '';
	const protocol = raw['protocol'] ?? 'tcp';
	if (typeof host !== 'string' || typeof protocol !== 'string') {
		return undefined;
	}
	const external = published === undefined || published === '' ? target : published;
	return `${host === '' ? '' : `${host}:`}${external}:${target}/${protocol}`;
}

function portText(value: unknown): string | undefined {
	return typeof value === 'string' ? value : integerOf(value)?.toString();
}

function parsePort(definition: string, place: Place): PortMap | undefined {
	const match = DEFINITION.exec(definition);
	if (match === null) {
		return place.refuse(`Could not parse port definition: ${definition}`);
	}
	const [, host = '', external, externalLast, internal, internalLast, protocol = 'tcp'] = match;
	const internalStart = Number(internal);
	const internalEnd = Number(internalLast ?? internal);
	const externalStart = external === undefined ? internalStart : Number(external);
	const externalEnd = lastExternal({ external, externalLast, internalStart, internalEnd });
	if (external === '' || internalEnd - internalStart !== externalEnd - externalStart) {
		return place.refuse(`Range for internal and external ports does not match: ${definition}`);
	}
	if (internalEnd < internalStart) {
		return place.refuse('Incorrect port range! The end port cannot be larger than the start port!');
	}
	if (internalEnd > PORT_MAX || externalEnd > PORT_MAX) {
		return place.refuse(`Could not parse port definition: ${definition}: ports end at ${PORT_MAX}`);
	}
	return { internalStart, internalEnd, externalStart, externalEnd, protocol, host };
}

function lastExternal(range: {
	readonly external: string | undefined;
	readonly externalLast: string | undefined;
	readonly internalStart: number;
	readonly internalEnd: number;
}): number {
	if (range.external === undefined) {
		return range.internalEnd;
	}
	// `80:80-82` publishes as many ports as there are inside, `80-85:80` is a mistake.
	const length = range.internalEnd - range.internalStart;
	return Number(range.externalLast ?? Number(range.external) + length);
}

/** Sorted, with ranges merged that touch or overlap, so that a target and what the engine lists have one form. */
export function foldPorts(ports: readonly PortMap[]): readonly PortMap[] {
	const folded: PortMap[] = [];
	for (const next of [...ports].sort((a, b) => compareLanes(a, b) || a.internalStart - b.internalStart)) {
		const last = folded.at(-1);
		const touches = last !== undefined && next.internalStart <= last.internalEnd + 1 && compareLanes(last, next) === 0;
		if (touches && !isSamePort(last, next)) {
			const end = next.internalEnd > last.internalEnd ? next : last;
			folded[folded.length - 1] = { ...last, internalEnd: end.internalEnd, externalEnd: end.externalEnd };
		} else {
			folded.push(next);
		}
	}
	return folded.sort((a, b) => a.internalStart - b.internalStart || compareLanes(a, b));
}

/** One port given twice stays twice, as version 19 left it. */
function isSamePort(a: PortMap, b: PortMap): boolean {
	return [a.internalEnd, b.internalStart, b.internalEnd].every((port) => port === a.internalStart);
}

/** Ports of one lane can be merged: same host address and protocol, same distance between inside and outside. */
function compareLanes(a: PortMap, b: PortMap): number {
	return (
		compareTexts(a.host, b.host) ||
		compareTexts(a.protocol, b.protocol) ||
		a.externalStart - a.internalStart - (b.externalStart - b.internalStart)
	);
}

function compareTexts(a: string, b: string): number {
	return a < b ? -1 : Number(a > b);
}

export interface PortBodies {
	readonly ExposedPorts: Readonly<Record<string, object>>;
	readonly PortBindings: Readonly<Record<string, readonly object[]>>;
}

export function portBodies(ports: readonly PortMap[]): PortBodies {
	const ExposedPorts: Record<string, object> = {};
	const PortBindings: Record<string, object[]> = {};
	for (const { internalStart, internalEnd, externalStart, protocol, host } of ports) {
		for (let port = internalStart; port <= internalEnd; port++) {
			const key = `${port}/${protocol}`;
			ExposedPorts[key] = {};
			(PortBindings[key] ??= []).push({ HostIp: host, HostPort: String(externalStart + port - internalStart) });
		}
	}
	return { ExposedPorts, PortBindings };
}

/** What the engine lists per port, folded. Bindings to a port of the engine's choice cannot come from a target. */
export function readPorts(bindings: unknown): readonly PortMap[] {
	const ports: PortMap[] = [];
	for (const [key, list] of Object.entries(isPlainObject(bindings) ? bindings : {})) {
		const [internal = '', protocol = 'tcp'] = key.split('/');
		for (const binding of Array.isArray(list) ? (list as readonly unknown[]) : []) {
			const { HostIp, HostPort } = isPlainObject(binding) ? binding : {};
			const port = Number(internal);
			const external = Number(HostPort ?? NaN);
			const host = typeof HostIp === 'string' ? HostIp : '';
			ports.push({
				internalStart: port,
				internalEnd: port,
				externalStart: external,
				externalEnd: external,
				protocol,
				host,
			});
		}
	}
	return foldPorts(ports);
}
