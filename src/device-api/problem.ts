import { STATUS_CODES } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Issue } from '../domain/issue.ts';

/** Why a request is not done (RFC 9457; spec: v3-api 1.3). */
interface Problem {
	readonly status: number;
	readonly detail: string;
	/** Bad values of the request, each with its path. */
	readonly issues?: readonly Issue[];
}

/** Thrown by routes of v3; the common handler answers it. */
export class ProblemError extends Error {
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.detail);
		this.name = 'ProblemError';
		this.problem = problem;
	}
}

export function sendProblem(response: Response, { status, detail, issues }: Problem): void {
	response
		.status(status)
		.type('application/problem+json')
		.send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, issues }));
}

/** In the form of the API that was asked. */
export function sendFailure(request: Request, response: Response, status: number, message: string): void {
	if (isV3(request)) {
		sendProblem(response, { status, detail: message });
	} else {
		response.status(status).json({ status: 'failed', message });
	}
}

/** Failures of v3 have a form of their own. */
export function isV3({ originalUrl }: Pick<Request, 'originalUrl'>): boolean {
	return /^\/v3(?:[/?]|$)/i.test(originalUrl);
}

/** Paths outside v3 keep the page of express, which also lists the methods of a path. */
export const refuseUnknownV3: RequestHandler = (request, response, next) => {
	// The router itself lists the methods of a path.
	if (isV3(request) && request.method !== 'OPTIONS') {
		sendProblem(response, { status: 404, detail: `There is no ${request.method} ${request.path}` });
	} else {
		next();
	}
};
