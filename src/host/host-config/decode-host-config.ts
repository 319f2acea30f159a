import type { HostConfigChange, ProxyChange, ProxyValue } from '../../domain/host-config.ts';
import type { Decoded, Issue } from '../../domain/issue.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { PROXY_TYPES } from './redsocks.ts';

/** The change in a body, and whether it was accepted only because old clients send such bodies. */
interface DecodedHostConfig {
	readonly change: HostConfigChange;
	readonly warnings: readonly string[];
}

const DNS_LENGTH_MAX = 255;
/** Of a host name; no host has a longer one. */
const NAME_LENGTH_MAX = 253;
const LABEL_LENGTH_MAX = 63;
/** The operating system takes the underscore too. */
const NAME = /^(?!-)[\w-]+(?<!-)(\.(?!-)[\w-]+(?<!-))*$/;
/** Each of these characters would start another line of the file, or end it. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const KEY = /^[\w.-]+$/;
const KNOWN_FIELDS: readonly string[] = ['type', 'ip', 'port', 'login', 'password'];
/** Only the supervisor sets these. */
const OWN_KEYS: readonly string[] = ['local_ip', 'local_port'];

/**
 * The body of `PATCH /v1/device/host-config` (spec: device-api 4.13): read strictly, or else as old clients send it,
 * for instance with a part of a proxy.
 */
export function decodeHostConfig(body: unknown): Decoded<DecodedHostConfig> {
	const network = isPlainObject(body) ? body['network'] : undefined;
	const issues = findIssues(network);
	if (!isPlainObject(network) || issues.length > 0) {
		return { ok: false, issues };
	}
	const proxy = isPlainObject(network['proxy']) ? network['proxy'] : undefined;
	const complaint = proxy === undefined ? undefined : findLooseness(proxy);
	const proxyChange = proxy === undefined ? undefined : decodeProxy(proxy, complaint === undefined);
	const change: HostConfigChange = {
		...(typeof network['hostname'] === 'string' && { hostname: network['hostname'] }),
		...(proxyChange !== undefined && { proxy: proxyChange }),
	};
	const warnings =
		complaint === undefined ? [] : [`Malformed host config detected, things may not behave as expected: ${complaint}`];
	return { ok: true, value: { change, warnings } };
}

/** Values that are refused from old clients too. */
function findIssues(network: unknown): readonly Issue[] {
	if (!isPlainObject(network)) {
		return [expected('object', 'network', network)];
	}
	const { hostname, proxy } = network;
	return [
		...(hostname === undefined || typeof hostname === 'string'
			? []
			: [expected('string', 'network.hostname', hostname)]),
		...(typeof hostname === 'string' ? findNameIssues(hostname) : []),
		...(proxy === undefined
			? []
			: isPlainObject(proxy)
				? findProxyIssues(proxy)
				: [expected('object', 'network.proxy', proxy)]),
	];
}

function findProxyIssues(proxy: PlainObject): readonly Issue[] {
	return Object.entries(proxy).flatMap(([key, value]): readonly Issue[] => {
		const path = `network.proxy.${key}`;
		if (key === 'dns') {
			return isDns(value) ? [] : [expected('boolean or ADDRESS:PORT', path, value)];
		}
		if (key === 'noProxy') {
			return isTextList(value) && value.some((text) => CONTROL.test(text)) ? [notOneLine(path)] : [];
		}
		if (!KEY.test(key)) {
			return [{ path, message: `Not a name of a proxy setting: ${JSON.stringify(key)}` }];
		}
		if (key === 'login' || key === 'password' ? typeof value !== 'string' : !isProxyValue(value)) {
			return [expected('string', path, value)];
		}
		if (key === 'type' && !PROXY_TYPES.includes(String(value))) {
			// Not the value: what is pasted into a wrong field may be a password.
			return [{ path, message: `Expecting one of ${PROXY_TYPES.join(', ')} at ${path}` }];
		}
		return CONTROL.test(String(value)) ? [notOneLine(path)] : [];
	});
}

function findNameIssues(hostname: string): readonly Issue[] {
	const path = 'network.hostname';
	const isLong =
		hostname.length > NAME_LENGTH_MAX || hostname.split('.').some(({ length }) => length > LABEL_LENGTH_MAX);
	const limits = `at most ${NAME_LENGTH_MAX} characters, and ${LABEL_LENGTH_MAX} between dots`;
	return [
		...(CONTROL.test(hostname) ? [notOneLine(path)] : []),
		...(hostname === '' || isLong || CONTROL.test(hostname) || NAME.test(hostname)
			? []
			: [expected('letters, digits, hyphens and dots', path, hostname)]),
		...(isLong ? [{ path, message: `Expecting ${limits} at ${path} but instead got ${hostname.length}` }] : []),
	];
}

/** `undefined`: it is valid. */
function findLooseness({ type, ip, port, noProxy }: PlainObject): string | undefined {
	if (type === undefined) {
		return `expecting one of ${PROXY_TYPES.join(', ')} at network.proxy.type`;
	}
	if (typeof ip !== 'string') {
		return 'expecting string at network.proxy.ip';
	}
	if (parsePort(port) === undefined) {
		return 'expecting a number of a port at network.proxy.port';
	}
	return noProxy === undefined || isTextList(noProxy) ? undefined : 'expecting strings at network.proxy.noProxy';
}

/** `undefined`: it has content, but no valid part. It must not be taken for an empty one. */
function decodeProxy(proxy: PlainObject, isStrict: boolean): ProxyChange | undefined {
	const { dns, noProxy, ...rest } = proxy;
	const fields = Object.entries(rest).filter(
		(entry): entry is [string, ProxyValue] =>
			isProxyValue(entry[1]) && !OWN_KEYS.includes(entry[0]) && (!isStrict || KNOWN_FIELDS.includes(entry[0])),
	);
	const change: ProxyChange = {
		fields: Object.fromEntries(
			fields.map(([key, value]) => [key, key === 'port' ? (parsePort(value) ?? value) : value]),
		),
		...((typeof dns === 'boolean' || typeof dns === 'string') && { dns }),
		// Old clients send various values for "none".
		...(noProxy != null && { noProxy: isTextList(noProxy) ? noProxy : [] }),
	};
	const isNothing = fields.length === 0 && change.dns === undefined && change.noProxy === undefined;
	return isNothing && Object.keys(proxy).length > 0 ? undefined : change;
}

function parsePort(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function isDns(value: unknown): boolean {
	return (
		typeof value === 'boolean' ||
		(typeof value === 'string' && value.length <= DNS_LENGTH_MAX && /^.+:[0-9]+$/.test(value) && !CONTROL.test(value))
	);
}

function isTextList(value: unknown): value is readonly string[] {
	return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isProxyValue(value: unknown): value is ProxyValue {
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The value itself may be a password. */
function expected(what: string, path: string, value: unknown): Issue {
	const isSecret = path.endsWith('.password') || path.endsWith('.login');
	const seen = isSecret || value === undefined ? kindOf(value) : JSON.stringify(value);
	return { path, message: `Expecting ${what} at ${path} but instead got: ${seen}` };
}

function kindOf(value: unknown): string {
	return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function notOneLine(path: string): Issue {
	return { path, message: `Expecting one line of text at ${path}` };
}
