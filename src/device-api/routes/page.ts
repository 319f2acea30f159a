import type { Response } from 'express';
import { OperationalError } from '../../ports/operational-error.ts';
import type { ApiOptions } from '../api-options.ts';
import type { Route } from '../route.ts';

/** The files of the page, and their types in full: the bundle has no list of types. Others are not served, whatever is in the folder. */
const FILES = [
	{ path: '/', name: 'index.html', type: 'text/html' },
	{ path: '/page/app.js', name: 'app.js', type: 'text/javascript' },
	{ path: '/page/style.css', name: 'style.css', type: 'text/css' },
	{ path: '/page/icon.svg', name: 'icon.svg', type: 'image/svg+xml' },
] as const;

/** Nothing from elsewhere, nothing inline, no frame around it (spec: v3-api 9). */
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The page for a person beside the device (spec: v3-api 9). It holds no data of the device, so that it needs no key: it
 * asks the API, with the key that the person types. Read at each request, so that it uses no memory otherwise.
 */
export function pageRoutes(options: ApiOptions): readonly Route[] {
	return FILES.map(({ path, name, type }) => ({
		method: 'get',
		path,
		access: 'open',
		handle: async (_request, response) => {
			const text = await readFile(options, name);
			addHeaders(response);
			response.type(type).send(text);
		},
	}));
}

function addHeaders(response: Response): void {
	response.setHeader('Content-Security-Policy', POLICY);
	response.setHeader('X-Content-Type-Options', 'nosniff');
	response.setHeader('Referrer-Policy', 'no-referrer');
	// Asked for again each time, and answered with 304: the next supervisor has another page.
	response.setHeader('Cache-Control', 'no-cache');
}

async function readFile({ readPageFile }: ApiOptions, name: string): Promise<string> {
	try {
		return await readPageFile(name);
	} catch (cause) {
		if (!(cause instanceof OperationalError)) {
			throw cause;
		}
		throw new OperationalError('page-missing', `The page is missing: ${cause.message}`, { cause });
	}
}
