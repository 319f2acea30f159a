import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { sendFailure } from './problem.ts';

/** Names under which others call the device, besides its own: of the proxy of the cloud, and of services. */
const FIXED_NAMES: readonly string[] = ['localhost', 'balena-supervisor', 'resin-supervisor'];
const SUFFIXES = /\.(local|balena|resin)$/;

/**
 * A web page in a browser near the device can send requests to it; a name server of its author can even make the
 * browser take the device for the page's own server. Neither gets an answer, in any mode (decision D27).
 */
export function refuseWebPages(deviceNames: () => Promise<readonly string[]>): RequestHandler {
	return async (request, response, next) => {
		const problem = await findProblem(request.headers, deviceNames);
		if (problem === undefined) {
			next();
			return;
		}
		sendFailure(request, response, 403, problem);
	};
}

async function findProblem(
	{ host = '', origin, 'sec-fetch-site': site }: IncomingHttpHeaders,
	deviceNames: () => Promise<readonly string[]>,
): Promise<string | undefined> {
	if (host !== '' && !isAddress(host) && !(await isNameOf(host, deviceNames))) {
		return 'Host is not a name of this device. Use its address, localhost or its hostname';
	}
	const isForeign = origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`;
	return isForeign || site === 'cross-site' || site === 'same-site'
		? 'Requests from web pages of another origin are refused'
		: undefined;
}

/** Without the port. */
function nameIn(host: string): string {
	return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

function isAddress(host: string): boolean {
	const name = nameIn(host);
	return isIP(name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name) !== 0;
}

async function isNameOf(host: string, deviceNames: () => Promise<readonly string[]>): Promise<boolean> {
	const name = nameIn(host).replace(SUFFIXES, '');
	return FIXED_NAMES.includes(name) || (await deviceNames()).some((own) => own !== '' && own.toLowerCase() === name);
}

/** Browsers set it themselves, and let no page change it. */
export function isFromBrowser({ 'user-agent': agent = '' }: IncomingHttpHeaders): boolean {
	return agent.startsWith('Mozilla/');
}
