import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { KeyStore } from '../ports/stores.ts';
import { Access, accessToAll } from './access.ts';
import { describeFailure } from './describe-failure.ts';
import { findKey } from './find-key.ts';
import { isV3, ProblemError, sendFailure, sendProblem } from './problem.ts';

/** The reason phrase as text: `OK`, `Accepted`, `Unauthorized`. */
export function sendStatusText(response: Response, status: number): void {
	response.status(status).type('text/plain').send(STATUS_CODES[status]);
}

const READING: readonly string[] = ['GET', 'HEAD'];

interface AnsweredRequest {
	readonly method: string;
	/** The pattern of its path; absent: it came to no route. */
	readonly route: string | undefined;
	readonly status: number;
	readonly ms: number;
}

export type AnswerListener = (request: AnsweredRequest) => void;

function patternOf({ route }: Request): string | undefined {
	const { path } = (route ?? {}) as { readonly path?: unknown }; // express declares it as any; absent without a route
	return typeof path === 'string' ? path : undefined;
}

/**
 * One line for each request, without the query: it may hold a key (spec: device-api 1.9). Programs that poll would hide
 * everything else: successful reading is only for debugging.
 */
export function accessLog(log: Log, now: () => number, answered: AnswerListener): RequestHandler {
	return (request, response, next) => {
		const startedAt = now();
		response.on('finish', () => {
			const durationMs = now() - startedAt;
			const ms = durationMs.toFixed(3);
			answered({ method: request.method, route: patternOf(request), status: response.statusCode, ms: durationMs });
			const level = READING.includes(request.method) && response.statusCode < 400 ? 'debug' : 'info';
			log[level](`${request.method} ${request.path} ${response.statusCode} - ${ms} ms`);
		});
		next();
	};
}

/** This many small requests use as much memory as one with a large body. */
const MANY_REQUESTS = 500;
const LARGE_BODY_BYTES = 256 * 1024;

/** Reports when requests have used memory that is worth freeing: an idle process does not free it by itself. */
export function reportWork(collectSoon: () => void): RequestHandler {
	let count = 0;
	return ({ headers }, response, next) => {
		response.once('close', () => {
			count += 1;
			// A compressed or chunked body states no length.
			const isLong = Number(headers['content-length'] ?? 0) >= LARGE_BODY_BYTES;
			const isUnknown = headers['content-encoding'] !== undefined || headers['transfer-encoding'] !== undefined;
			if (count >= MANY_REQUESTS || isLong || isUnknown) {
				count = 0;
				collectSoon();
			}
		});
		next();
	};
}

export interface AuthenticationOptions {
	readonly keys: KeyStore;
	/** For a caller at this address. Evaluated at each request, so that a switch of the mode counts at once. */
	readonly isRequired: (address: string | undefined, path: string) => Promise<boolean>;
}

/** Refuses callers without a known key, where keys are required (spec: device-api 2). */
export function authenticate({ keys, isRequired }: AuthenticationOptions): RequestHandler {
	return async (request, response, next) => {
		let access: Access | undefined;
		try {
			const isAsked = await isRequired(request.socket.remoteAddress, request.path);
			access = isAsked ? await accessOf(keys, findKey(request.url, request.headers)) : accessToAll();
		} catch (error) {
			const detail = `Unexpected error: ${messageOf(error)}`;
			if (isV3(request)) sendProblem(response, { status: 503, detail });
			else response.status(503).send(detail);
			return;
		}
		if (access === undefined) {
			if (isV3(request))
				sendProblem(response, { status: 401, detail: 'No key, or one that this device does not know' });
			else sendStatusText(response, 401);
			return;
		}
		(response.locals as { access?: Access }).access = access;
		next();
	};
}

async function accessOf(keys: KeyStore, key: string | undefined): Promise<Access | undefined> {
	const scopes = key === undefined ? undefined : await keys.scopesOf(key);
	return scopes && new Access(scopes);
}

/** The access of the caller. Only after `authenticate`. */
export function accessFor(response: Response): Access {
	return (response.locals as { access?: Access }).access ?? new Access([]);
}

/** The request has passed `authenticate`; for a server, which does not know its own framework. */
export function hasAccess(response: ServerResponse): boolean {
	return 'locals' in response && (response.locals as { access?: Access }).access !== undefined;
}

/** Answers the request if the caller's key does not cover the app. */
export function isCovered(response: Response, appId: number): boolean {
	const isAllowed = accessFor(response).covers(appId);
	if (!isAllowed) {
		response.status(401).json({ status: 'failed', message: 'Unauthorized' });
	}
	return isAllowed;
}

/** Answers every request that its handler has not answered (spec: device-api 1.7). */
export function handleError(log: Log): ErrorRequestHandler {
	return (error: unknown, request: Request, response: Response, next) => {
		if (response.headersSent) {
			next(error); // express closes the connection
			return;
		}
		if (error instanceof ProblemError) {
			sendProblem(response, error.problem);
			return;
		}
		const status = statusOf(error);
		if (status >= 500) {
			log.warn(`Error on ${request.method} ${request.path}`, {
				error: error instanceof Error ? (error.stack ?? error.message) : String(error),
			});
		}
		sendFailure(request, response, status, messageOf(error));
	};
}

/**
 * Clients repeat a request that got 503, so a request that can never succeed gets another status: a body or a path that
 * cannot be read.
 */
function statusOf(error: unknown): number {
	if (error instanceof OperationalError) {
		return describeFailure(error, 503).status;
	}
	// As the parsers and the router of express report it.
	const isCallers =
		error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500;
	return isCallers ? (error.status as number) : 503;
}

function messageOf(error: unknown): string {
	if (error instanceof Error) {
		return error.message;
	}
	return typeof error === 'string' ? error : 'Unknown error';
}
