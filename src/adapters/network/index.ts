/** Names, addresses and bare connections. Owns nothing but sockets in use. Retries and decides nothing. */
export { allowSlowConnections, createLookup, type Lookup, type LookupSources } from './lookup.ts';
export { MulticastDns, type MulticastDnsOptions } from './multicast-dns.ts';
export { TcpProbe, type TcpProbeOptions } from './tcp-probe.ts';
