/** Names, addresses and plain connections. Owns only open sockets. Retries and decides nothing. */
export { allowSlowConnections, createLookup, type Lookup } from './lookup.ts';
export { MulticastDns } from './multicast-dns.ts';
export { TcpProbe } from './tcp-probe.ts';
