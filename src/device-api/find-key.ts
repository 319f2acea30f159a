import type { IncomingHttpHeaders } from 'node:http';

const AUTHORIZATION = /^(?:bearer|apikey) ([A-Za-z0-9_]+)$/i;

/**
 * The key of a request (spec: device-api 2.2): the query parameter `apikey`, which takes precedence even when it is
 * wrong, or else the `Authorization` header. `undefined`: no key.
 */
export function findKey(url: string, headers: IncomingHttpHeaders): string | undefined {
	const query = url.indexOf('?');
	const given = query < 0 ? [] : new URLSearchParams(url.slice(query + 1)).getAll('apikey');
	if (given.length > 0) {
		return given.length === 1 && given[0] !== '' ? given[0] : fromHeader(headers);
	}
	return fromHeader(headers);
}

function fromHeader({ authorization }: IncomingHttpHeaders): string | undefined {
	return AUTHORIZATION.exec(authorization ?? '')?.[1];
}
