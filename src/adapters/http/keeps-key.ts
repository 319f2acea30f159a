/**
 * Whether what was meant for one address may be sent to another one that it points to: the same origin (spec: cloud-api
 * 1.4), or the same host by TLS where it was asked in the clear, which is how clouds lead old devices to their new address.
 */
export function keepsKey(from: URL, to: URL): boolean {
	const isUpgrade =
		from.protocol === 'http:' &&
		to.protocol === 'https:' &&
		from.hostname === to.hostname &&
		from.port === '' &&
		to.port === '';
	return from.origin === to.origin || isUpgrade;
}
