/** As the socket has it, also IPv4 within IPv6. `undefined`: the socket is closed already. */
export function isLoopback(address: string | undefined): boolean {
	return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}
