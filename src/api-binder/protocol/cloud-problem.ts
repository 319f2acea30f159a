import type { HttpErrorCode, HttpResponse } from '../../ports/http-client.ts';
import { HttpError } from '../../ports/http-client.ts';

/** Each way in which a call fails, by name. */
export type ProblemName =
	| 'unauthorized'
	| 'forbidden'
	| 'not-found'
	| 'conflict'
	| 'too-large'
	| 'rate-limited'
	| 'rejected'
	| 'redirected'
	| 'server-error'
	| 'unexpected'
	| 'garbage'
	| 'gone'
	| 'settings'
	| HttpErrorCode;

export interface CloudProblem {
	readonly kind: 'problem';
	readonly problem: ProblemName;
	/** Absent when there was no complete answer. */
	readonly status?: number;
	readonly detail?: string;
	/** The beginning of the answer, for people: it decides nothing. */
	readonly said?: string;
	readonly retryAfterMs?: number;
}

/** For a status that the call has no use for. The body decides nothing: its form varies (JSON string, object, HTML, none). */
export function classifyStatus(response: HttpResponse): CloudProblem {
	const wait = retryAfterMs(response);
	const said = beginningOf(response);
	return {
		kind: 'problem',
		problem: problemOf(response.status),
		status: response.status,
		...(said === '' ? {} : { said }),
		...(wait === undefined ? {} : { retryAfterMs: wait }),
	};
}

const SAID_LENGTH_MAX = 200;

/** On one line, and without the quotes of a JSON text. A page is of a proxy, and says nothing to people in this form. */
function beginningOf({ body, isGarbled }: HttpResponse): string {
	const text = body
		.slice(0, 2 * SAID_LENGTH_MAX)
		.replaceAll(/\s+/g, ' ')
		.trim()
		.replaceAll(/^"|"$/g, '');
	if (isGarbled === true || text.startsWith('<')) {
		return '';
	}
	return text.length <= SAID_LENGTH_MAX ? text : `${text.slice(0, SAID_LENGTH_MAX - 1)}…`;
}

function problemOf(status: number): ProblemName {
	switch (status) {
		case 400:
			return 'rejected';
		case 401:
			return 'unauthorized';
		case 403:
			return 'forbidden';
		case 404:
			return 'not-found';
		case 409:
			return 'conflict';
		case 413:
			return 'too-large';
		case 429:
			return 'rate-limited';
		default:
			if (status >= 500) {
				return 'server-error';
			}
			// Nothing was asked on a condition, so nothing can be unmodified.
			return status >= 300 && status <= 399 && status !== 304 ? 'redirected' : 'unexpected';
	}
}

function problemOfError(error: HttpError): CloudProblem {
	return { kind: 'problem', problem: error.code, detail: error.message };
}

/** Seconds, as the cloud means it. A date is not used: the wall clock of a device may be wrong. */
export function retryAfterMs(response: HttpResponse): number | undefined {
	const [seconds] = /^\s*\d+/.exec(response.headers['retry-after'] ?? '') ?? [];
	return seconds === undefined ? undefined : Math.min(Number(seconds) * 1000, RETRY_AFTER_MS_MAX);
}

/** A day: a slip in a header must not take a device off for good. */
const RETRY_AFTER_MS_MAX = 24 * 60 * 60 * 1000;

const EXPLANATIONS: Readonly<Record<ProblemName, string>> = {
	unauthorized: 'the cloud does not accept the key',
	forbidden: 'the cloud does not allow this',
	'not-found': 'there is nothing at this address: is the API endpoint right?',
	conflict: 'the cloud has this already',
	'too-large': 'the cloud finds the request too large',
	'rate-limited': 'the cloud asks for fewer requests',
	rejected: 'the cloud finds the request malformed',
	redirected: 'the cloud points elsewhere, which is not followed here',
	'server-error': 'the cloud has a problem of its own',
	unexpected: 'the cloud gave an answer that has no meaning here',
	garbage: 'the answer is not what the cloud would say: is there a portal or proxy in between?',
	gone: 'the cloud does not know this device: it was deleted, or its uuid is wrong',
	settings: 'our own settings cannot be read',
	'http-timeout': 'the cloud did not answer in time',
	'http-unreachable': 'the cloud cannot be reached',
	'http-broken': 'the connection broke in the middle of the answer',
	'http-too-large': 'the answer is too large to be true',
	'http-bad-url': 'the API endpoint is not a URL',
};

/** Answers of the cloud itself that another try alone does not change. */
const REFUSALS: readonly ProblemName[] = [
	'unauthorized',
	'forbidden',
	'not-found',
	'conflict',
	'too-large',
	'rejected',
	'unexpected',
	'gone',
];

export function isRefusal({ problem }: CloudProblem): boolean {
	return REFUSALS.includes(problem);
}

/** A sentence for people. */
export function explainProblem({ problem }: CloudProblem): string {
	return EXPLANATIONS[problem];
}

/** For the log: what is wrong, beside the sentence about what failed. What the cloud answered may repeat secrets. */
export function problemFields(problem: CloudProblem): Readonly<Record<string, unknown>> {
	const { status, detail } = problem;
	return {
		problem: problem.problem,
		because: explainProblem(problem),
		...(status === undefined ? {} : { status }),
		...(detail === undefined ? {} : { detail }),
	};
}

/** Runs a call, and turns a missing answer into a problem as well. Aborts and bugs still throw. */
export async function answerOrProblem<T>(call: () => Promise<T>): Promise<T | CloudProblem> {
	try {
		return await call();
	} catch (error) {
		if (error instanceof HttpError) {
			return problemOfError(error);
		}
		throw error;
	}
}
