/** Names, addresses and bare connections. Owns nothing but sockets in use. Retries and decides nothing. */
export { allowSlowConnections, createLookup, type Lookup } from './lookup.ts';
export { MulticastDns } from './multicast-dns.ts';
export { TcpProbe } from './tcp-probe.ts';
