import { isChosenByEngine, type PortMap } from '../../domain/service.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { parseItems } from './parse-list.ts';
import { integerOf } from './parse-scalar.ts';
import { noteOtherKeys, type Place } from './place.ts';

const DEFINITION =
	/^(?:(?:(?:\[(?<bracketed>[a-f\d.:]+)\]|(?<plain>[a-f\d.:]+)):)?(?<external>\d*)(?:-(?<externalLast>\d+))?:)?(?<internal>\d+)(?:-(?<internalLast>\d+))?(?:\/(?<protocol>udp|tcp|sctp))?$/i;
const PORT_MAX = 65535;
/** In place of a host port: the engine takes a free one. */
const ANY_PORT = 0;
const LONG_KEYS = ['target', 'published', 'host_ip', 'hostIp', 'protocol'];

export function parsePorts(value: unknown, place: Place): readonly PortMap[] | undefined {
	const ports = parseItems(value, place, (raw, at) => {
		const definition = definitionOf(raw, at);
		return definition === undefined ? at.refuseValue('a port definition', raw) : parsePort(definition, at);
	});
	return ports && foldPorts(ports.flat());
}

/** The short form of an item of the list (spec: compose C2). */
function definitionOf(raw: unknown, place: Place): string | undefined {
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
	noteOtherKeys(raw, place, LONG_KEYS, 'a port has target, published, host_ip and protocol');
	const external = published === undefined || published === '' ? target : published;
	return `${host === '' ? '' : `${host}:`}${external}:${target}/${protocol}`;
}

function portText(value: unknown): string | undefined {
	return typeof value === 'string' ? value : integerOf(value)?.toString();
}

function parsePort(definition: string, place: Place): readonly PortMap[] | undefined {
	const match = DEFINITION.exec(definition)?.groups;
	if (match === undefined) {
		return place.refuse(`Could not parse port definition: ${definition}`);
	}
	const { external, externalLast, internal, internalLast } = match;
	const host = match['bracketed'] ?? match['plain'] ?? '';
	const protocol = match['protocol']?.toLowerCase() ?? 'tcp';
	const internalStart = Number(internal);
	const internalEnd = Number(internalLast ?? internal);
	const externalStart = external === undefined ? internalStart : Number(external);
	const externalEnd = lastExternal({ external, externalLast, internalStart, internalEnd });
	if (internalEnd < internalStart || (externalLast !== undefined && externalEnd < externalStart)) {
		return place.refuse('Incorrect port range! The end port cannot be larger than the start port!');
	}
	if (internalEnd > PORT_MAX || externalEnd > PORT_MAX) {
		return place.refuse(`Could not parse port definition: ${definition}: ports end at ${PORT_MAX}`);
	}
	if (external === '' && externalLast === undefined) {
		const ports = Array.from({ length: internalEnd - internalStart + 1 }, (_, n) => internalStart + n);
		return ports.map((port) => ({ ...single(port, ANY_PORT), protocol, host }));
	}
	const isOneOfSeveral = internalLast === undefined && external !== '';
	if (external === '' || (internalEnd - internalStart !== externalEnd - externalStart && !isOneOfSeveral)) {
		return place.refuse(`Range for internal and external ports does not match: ${definition}`);
	}
	return [{ internalStart, internalEnd, externalStart, externalEnd, protocol, host }];
}

function single(internal: number, external: number) {
	return { internalStart: internal, internalEnd: internal, externalStart: external, externalEnd: external };
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
	// `80:80-82` publishes each of the container's ports; for `80-85:80` the engine takes one free host port.
	const length = range.internalEnd - range.internalStart;
	return Number(range.externalLast ?? Number(range.external) + length);
}

/** Sorted, with adjacent and overlapping ranges merged, so that a target and the list of the engine have one form. */
export function foldPorts(ports: readonly PortMap[]): readonly PortMap[] {
	const folded: PortMap[] = [];
	for (const next of [...ports].sort((a, b) => compareLanes(a, b) || a.internalStart - b.internalStart)) {
		const last = folded.at(-1);
		const touches = last !== undefined && next.internalStart <= last.internalEnd + 1 && compareLanes(last, next) === 0;
		if (touches && !isSamePort(last, next) && !isChosenByEngine(last) && !isChosenByEngine(next)) {
			const end = next.internalEnd > last.internalEnd ? next : last;
			folded[folded.length - 1] = { ...last, internalEnd: end.internalEnd, externalEnd: end.externalEnd };
		} else {
			folded.push(next);
		}
	}
	return folded.sort((a, b) => a.internalStart - b.internalStart || compareLanes(a, b));
}

/** A port that is given twice stays twice, as in version 19. */
function isSamePort(a: PortMap, b: PortMap): boolean {
	return [a.internalEnd, b.internalStart, b.internalEnd].every((port) => port === a.internalStart);
}

/** Ports of one lane can be merged: same host address and protocol, same distance between host and container port. */
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

interface PortBodies {
	readonly ExposedPorts: Readonly<Record<string, object>>;
	readonly PortBindings: Readonly<Record<string, readonly object[]>>;
}

export function portBodies(ports: readonly PortMap[]): PortBodies {
	const ExposedPorts: Record<string, object> = {};
	const PortBindings: Record<string, object[]> = {};
	for (const range of ports) {
		for (let port = range.internalStart; port <= range.internalEnd; port++) {
			const key = `${port}/${range.protocol}`;
			ExposedPorts[key] = {};
			(PortBindings[key] ??= []).push({ HostIp: range.host, HostPort: hostPortOf(port, range) });
		}
	}
	return { ExposedPorts, PortBindings };
}

function hostPortOf(port: number, range: PortMap): string {
	const { internalStart, externalStart, externalEnd } = range;
	if (!isChosenByEngine(range)) {
		return String(externalStart + port - internalStart);
	}
	return externalStart === ANY_PORT ? '' : `${externalStart}-${externalEnd}`;
}

/** The ports that the engine lists, with ranges merged. */
export function readPorts(bindings: unknown): readonly PortMap[] {
	const ports: PortMap[] = [];
	for (const [key, list] of Object.entries(isPlainObject(bindings) ? bindings : {})) {
		const [internal = '', protocol = 'tcp'] = key.split('/');
		for (const binding of Array.isArray(list) ? (list as readonly unknown[]) : []) {
			const { HostIp, HostPort } = isPlainObject(binding) ? binding : {};
			const [first = '', last = first] = typeof HostPort === 'string' ? HostPort.split('-') : [];
			const host = typeof HostIp === 'string' ? HostIp : '';
			ports.push({ ...single(Number(internal), Number(first)), externalEnd: Number(last), protocol, host });
		}
	}
	return foldPorts(ports);
}
