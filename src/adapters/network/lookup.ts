import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { setDefaultAutoSelectFamilyAttemptTimeout, type LookupFunction } from 'node:net';
import type { MulticastDns } from './multicast-dns.ts';

export type Lookup = LookupFunction;

interface LookupSources {
	readonly system?: LookupFunction;
	readonly multicast: Pick<MulticastDns, 'resolve'>;
}

const LOCAL = /\.local\.?$/i;
const ATTEMPT_TIMEOUT_MS = 5000;

/**
 * Like the lookup of Node, and if that finds no address for a name that ends in `.local`, by mDNS: the resolver of the
 * system image cannot (spec: host 8.4). Every client that connects by name needs it.
 */
export function createLookup({ system = systemLookup, multicast }: LookupSources): LookupFunction {
	return (hostname, options, callback) => {
		system(hostname, options, (error, address, family) => {
			if (error === null || !LOCAL.test(hostname)) {
				callback(error, address, family);
				return;
			}
			void multicast.resolve(hostname, familiesOf(options)).then((found) => {
				const sorted = inOrder(found, options);
				const [first] = sorted;
				if (first === undefined) {
					callback(notFound(hostname), options.all === true ? [] : '', 0);
				} else if (options.all === true) {
					callback(null, sorted);
				} else {
					callback(null, first.address, first.family);
				}
			});
		});
	};
}

/** How long one address of a name is tried before the next: slow links need more than the usual quarter of a second. */
export function allowSlowConnections(): void {
	setDefaultAutoSelectFamilyAttemptTimeout(ATTEMPT_TIMEOUT_MS);
}

function familiesOf({ family }: LookupOptions): readonly (4 | 6)[] {
	switch (family) {
		case 4:
		case 'IPv4':
			return [4];
		case 6:
		case 'IPv6':
			return [6];
		default:
			return [4, 6];
	}
}

function inOrder(found: readonly LookupAddress[], { verbatim, order }: LookupOptions): LookupAddress[] {
	if (verbatim === true || order === 'verbatim') {
		return [...found];
	}
	const first = order === 'ipv6first' ? 6 : 4;
	return [...found].sort((a, b) => Number(b.family === first) - Number(a.family === first));
}

function notFound(hostname: string): NodeJS.ErrnoException {
	return Object.assign(new Error(`no mDNS answer for ${hostname}`), {
		code: 'ENOTFOUND',
		syscall: 'getaddrinfo',
		hostname,
	});
}
