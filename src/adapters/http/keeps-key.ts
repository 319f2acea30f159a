/**
 * Whether a key for one address may be sent to another one after a redirect: the same origin (spec: cloud-api 1.4), or
 * the same host by TLS if the first request had none: by this, clouds lead old devices to their new address.
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
