/** As a socket has it, IPv4 within IPv6 too. `undefined`: it is closed already. */
export function isLoopback(address: string | undefined): boolean {
	return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}
