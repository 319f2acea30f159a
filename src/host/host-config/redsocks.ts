import type { ProxyValue } from '../../domain/host-config.ts';

/** The part of the file of the transparent proxy that the supervisor sets (spec: host 5.5). */
export interface Redsocks {
	/** Fields of the `redsocks` block, in their order; without constant ones. */
	readonly fields: Readonly<Record<string, ProxyValue>>;
	/** `address:port` */
	readonly dns?: string;
}

interface ReadRedsocks {
	/** `undefined`: it contains no valid proxy. */
	readonly redsocks?: Redsocks;
	readonly warnings: readonly string[];
}

export const PROXY_TYPES: readonly string[] = ['socks4', 'socks5', 'http-connect', 'http-relay'];
const QUOTED: readonly string[] = ['login', 'password'];
const BASE = [
	['log_debug', 'off'],
	['log_info', 'on'],
	['log', 'stderr'],
	['daemon', 'off'],
	['redirector', 'iptables'],
] as const;
const LOCAL_IP = ['local_ip', '127.0.0.1'] as const;
const PROXY_PORT = 12_345;
const DNS_PORT = 53;

type Lines = readonly (readonly [key: string, value: ProxyValue])[];

export function writeRedsocks({ fields, dns }: Redsocks): string {
	const proxy = Object.entries(fields).map(
		([key, value]) => [key, QUOTED.includes(key) ? quote(String(value)) : value] as const,
	);
	return [
		block('base', BASE),
		block('redsocks', [...proxy, LOCAL_IP, ['local_port', PROXY_PORT]]),
		...(dns === undefined ? [] : [block('dnsu2t', dnsLines(dns))]),
	].join('\n');
}

function dnsLines(dns: string): Lines {
	const colon = dns.lastIndexOf(':');
	const [address, port] = [dns.slice(0, colon), dns.slice(colon + 1)];
	return [['remote_ip', address], ['remote_port', port], LOCAL_IP, ['local_port', DNS_PORT]];
}

function block(label: string, lines: Lines): string {
	return [`${label} {`, ...lines.map(([key, value]) => `\t${key} = ${String(value)};`), '}', ''].join('\n');
}

function quote(value: string): string {
	const [first, last] = [value.startsWith('"'), value.length > 1 && value.endsWith('"')];
	return `${first ? '' : '"'}${value}${last ? '' : '"'}`;
}

export function readRedsocks(text: string): ReadRedsocks {
	const blocks = findBlocks(text);
	const proxy = readLines(blocks.get('redsocks') ?? []);
	const { type, ip, port } = proxy.fields;
	if (type === undefined || !PROXY_TYPES.includes(type) || ip === undefined || !/^\d+$/.test(port ?? '')) {
		return { warnings: [...proxy.warnings, 'Invalid redsocks block in redsocks.conf'] };
	}
	const dns = readLines(blocks.get('dnsu2t') ?? []);
	const { remote_ip: address, remote_port: remotePort } = dns.fields;
	const isDnsValid = address !== undefined && /^\d+$/.test(remotePort ?? '');
	return {
		redsocks: {
			fields: { ...proxy.fields, port: Number(port) },
			...(isDnsValid && { dns: `${address}:${remotePort ?? ''}` }),
		},
		warnings: [...proxy.warnings, ...dns.warnings],
	};
}

const HEAD = /(?:^|\s)([\w-]+)\s*\{/g;
/** On its own line, or after the last value. A `}` within a value is part of it. */
const END = /^\}(?:\s|$)|[;\s]\}$/;

/** The first block of each name, as lines. Text outside of blocks is ignored. */
function findBlocks(text: string): ReadonlyMap<string, readonly string[]> {
	const blocks = new Map<string, readonly string[]>();
	const head = new RegExp(HEAD);
	for (let found = head.exec(text); found !== null; found = head.exec(text)) {
		const [, label = ''] = found;
		const lines: string[] = [];
		let at = head.lastIndex;
		while (at < text.length) {
			const lineEnd = text.indexOf('\n', at);
			const end = lineEnd < 0 ? text.length : lineEnd;
			const line = text.slice(at, end).trim();
			at = end + 1;
			if (END.test(line)) {
				lines.push(line.startsWith('}') ? '' : line.slice(0, -1).trim());
				break;
			}
			lines.push(line);
		}
		if (!blocks.has(label)) {
			blocks.set(label, lines);
		}
		// The head of a block may begin with the line break of the line before.
		head.lastIndex = Math.max(head.lastIndex, at - 1);
	}
	return blocks;
}

function readLines(lines: readonly string[]): {
	readonly fields: Readonly<Record<string, string>>;
	readonly warnings: readonly string[];
} {
	const fields = new Map<string, string>();
	const warnings: string[] = [];
	for (const line of lines.filter((each) => each !== '')) {
		const text = line.replace(/;$/, '');
		const equals = text.indexOf('=');
		const key = (equals < 0 ? text : text.slice(0, equals)).trim();
		const value = equals < 0 ? '' : text.slice(equals + 1).trim();
		if (key === '' || value === '') {
			const secret = QUOTED.find((name) => line.includes(name));
			warnings.push(`Ignoring malformed redsocks.conf line "${secret ?? line}" due to missing key, value, or "="`);
		} else if (!key.includes('local_ip') && !key.includes('local_port')) {
			fields.set(key, QUOTED.includes(key) ? unquote(value) : value);
		}
	}
	return { fields: Object.fromEntries(fields), warnings };
}

function unquote(value: string): string {
	return value.replace(/^"/, '').replace(/"$/, '');
}
