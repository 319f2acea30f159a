import type { ProxyValue } from '../../domain/host-config.ts';
import { scanRedsocks, type Block, type Statement } from './scan-redsocks.ts';

/** The part of the file of the transparent proxy that the supervisor sets (spec: host 5.5). */
export interface Redsocks {
	/** Fields of the `redsocks` block, in their order; without constant ones. */
	readonly fields: Readonly<Record<string, ProxyValue>>;
	/** `address:port` */
	readonly dns?: string;
}

export interface ReadRedsocks {
	/** `undefined`: it contains no valid proxy. */
	readonly redsocks?: Redsocks;
	/** There is a proxy in it, but not a valid one. */
	readonly isUnreadable?: true;
	readonly warnings: readonly string[];
}

export const PROXY_TYPES: readonly string[] = ['socks4', 'socks5', 'http-connect', 'http-relay'];
const QUOTED: readonly string[] = ['login', 'password'];
const MAY_BE_QUOTED: readonly string[] = ['type', 'ip', 'port'];
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

/** A file of its own. */
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
	const blocks = scanRedsocks(text);
	const proxy = readFields(blockOf(blocks, 'redsocks'));
	if (!isWholeProxy(proxy.fields)) {
		const isThere = Object.keys(proxy.fields).length + proxy.warnings.length > 0;
		const warnings = [...proxy.warnings, 'Invalid redsocks block in redsocks.conf'];
		return { ...(isThere && { isUnreadable: true }), warnings };
	}
	const dns = readFields(blockOf(blocks, 'dnsu2t'));
	const { remote_ip: address, remote_port: remotePort } = dns.fields;
	const isDnsValid = address !== undefined && /^\d+$/.test(remotePort ?? '');
	return {
		redsocks: {
			fields: { ...proxy.fields, port: Number(proxy.fields['port']) },
			...(isDnsValid && { dns: `${address}:${remotePort ?? ''}` }),
		},
		warnings: [...proxy.warnings, ...dns.warnings],
	};
}

/** Type, address and port: without one of them there is no proxy. */
export function isWholeProxy({ type, ip, port }: Readonly<Record<string, ProxyValue>>): boolean {
	return PROXY_TYPES.includes(String(type)) && ip !== undefined && /^\d+$/.test(String(port ?? ''));
}

/**
 * The file with this proxy in it: changed values change in their places, new ones come last in their block, everything
 * else stays (decision D16). Without a block of a proxy that can be read, the file is written anew.
 */
export function editRedsocks(text: string | undefined, wanted: Redsocks): string {
	const present = text === undefined ? undefined : readRedsocks(text).redsocks;
	if (text === undefined || present === undefined) {
		return writeRedsocks(wanted);
	}
	const fields = Object.entries(wanted.fields).filter(([key, value]) => present.fields[key] !== value);
	const edited = setFields(text, 'redsocks', [
		...fields.map(([key, value]) => [key, QUOTED.includes(key) ? quote(String(value)) : value] as const),
		LOCAL_IP,
		['local_port', PROXY_PORT],
	]);
	if (wanted.dns === present.dns) {
		return edited;
	}
	if (wanted.dns === undefined) {
		return removeBlock(edited, 'dnsu2t');
	}
	return blockOf(scanRedsocks(edited), 'dnsu2t') === undefined
		? `${edited.replace(/\n?$/, '\n')}\n${block('dnsu2t', dnsLines(wanted.dns))}`
		: setFields(edited, 'dnsu2t', dnsLines(wanted.dns));
}

/** From the end, so that places stay true. */
function setFields(text: string, label: string, lines: Lines): string {
	const found = blockOf(scanRedsocks(text), label);
	if (found === undefined) {
		return text;
	}
	const present = new Map(found.statements.map((statement) => [statement.key, statement]));
	const added = lines.filter(([key]) => !present.has(key));
	const changes = lines.flatMap(([key, value]) => {
		const at = present.get(key);
		return at === undefined || isSame(at, value) ? [] : [{ at, value: String(value) }];
	});
	const withAdded = added.length === 0 ? text : insertFields(text, found, added);
	return changes
		.sort((one, other) => other.at.start - one.at.start)
		.reduce((edited, { at, value }) => edited.slice(0, at.valueStart) + value + edited.slice(at.valueEnd), withAdded);
}

/** Ours are set only where they are missing: a user may have another address there. */
function isSame({ key, value }: Statement, wanted: ProxyValue): boolean {
	return key === 'local_ip' || key === 'local_port' || value === String(wanted);
}

function insertFields(text: string, { statements, bodyEnd }: Block, lines: Lines): string {
	const last = statements.at(-1);
	const at = last?.end ?? bodyEnd;
	const lineStart = text.lastIndexOf('\n', (last?.start ?? bodyEnd) - 1) + 1;
	const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
	const end = text.includes('\r\n') ? '\r\n' : '\n';
	const isOpen = last !== undefined && text[last.end - 1] !== ';';
	const added = lines
		.map(([key, value]) => `${end}${indent === '' ? '\t' : indent}${key} = ${String(value)};`)
		.join('');
	// What stands behind the last statement in its line, a comment perhaps, stays there.
	const rest = /^[^\r\n}]*/.exec(text.slice(at))?.[0] ?? '';
	const [before, after] = [text.slice(0, at) + (isOpen ? ';' : '') + rest.trimEnd(), text.slice(at + rest.length)];
	return before + added + (after.startsWith('}') ? end : '') + after;
}

/** With the blank lines before it. */
function removeBlock(text: string, label: string): string {
	const found = blockOf(scanRedsocks(text), label);
	if (found === undefined) {
		return text;
	}
	const before = text.slice(0, found.start);
	const kept = before.trimEnd();
	const [lineEnd = ''] = /^\r?\n/.exec(before.slice(kept.length)) ?? [];
	return kept + lineEnd + text.slice(found.end).replace(/^[ \t]*\r?\n/, '');
}

/** The first of its name. */
function blockOf(blocks: readonly Block[], label: string): Block | undefined {
	return blocks.find((candidate) => candidate.label === label);
}

function readFields(found: Block | undefined): {
	readonly fields: Readonly<Record<string, string>>;
	readonly warnings: readonly string[];
} {
	const { statements = [], malformed = [] } = found ?? {};
	const own = statements.filter(({ key }) => !key.includes('local_ip') && !key.includes('local_port'));
	const warnings = malformed.map((line) => {
		const secret = QUOTED.find((name) => line.includes(name));
		return `Ignoring malformed redsocks.conf line "${secret ?? line}" due to missing key, value, or "="`;
	});
	return { fields: Object.fromEntries(own.map(({ key, value }) => [key, unquote(key, value)])), warnings };
}

function unquote(key: string, value: string): string {
	if (QUOTED.includes(key)) {
		return value.replace(/^"/, '').replace(/"$/, '');
	}
	return MAY_BE_QUOTED.includes(key) ? value.replace(/^"(.*)"$/, '$1') : value;
}
