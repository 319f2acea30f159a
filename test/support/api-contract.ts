import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** One request to the device API, with its answer. */
export interface Exchange {
	readonly method: string;
	/** As it was sent, with its query. */
	readonly path: string;
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

interface Media {
	readonly 'x-masked-by-proxy'?: true;
}

interface Response {
	readonly headers?: Readonly<Record<string, object>>;
	readonly content?: Readonly<Record<string, Media>>;
	readonly 'x-stream'?: { readonly lines?: object; readonly type?: string };
}

interface Operation {
	readonly responses: Readonly<Record<string, Response>>;
}

interface OpenApi {
	readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Found {
	readonly path: string;
	readonly method: string;
	readonly operation: Operation;
}

const DOCUMENT = join(import.meta.dirname, '../../docs/openapi.json');
/** The characters that the cloud's proxy forwards (spec: device-api 9.1). */
const PROXY_TEXT = /^[A-Za-z0-9\s:'.?!,/-]*$/;
/** Headers that no answer has. */
const NEVER = ['x-powered-by', 'access-control-allow-origin', 'content-encoding', 'set-cookie'];

/** Holds answers of the device API against docs/openapi.json, and remembers what was seen. */
export class ApiContract {
	readonly document: OpenApi;
	readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
	readonly #seen = new Set<string>();
	readonly #templates: readonly { readonly path: string; readonly pattern: RegExp }[];

	constructor(file = DOCUMENT) {
		this.document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi; // its form has a test of its own
		this.#ajv.addSchema(this.document, 'api');
		// Fixed paths before those with a parameter; letter case and a slash at the end make no difference.
		this.#templates = Object.keys(this.document.paths)
			.sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
			.map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i') }));
	}

	/** Throws with all that is wrong with the answer; returns it, for a client to hand on. */
	check<T extends Exchange>(exchange: T): T {
		const problems = this.problemsOf(exchange);
		if (problems.length > 0) {
			const { method, path, status, body } = exchange;
			throw new Error(
				`the document does not allow this answer to ${method} ${path.replace(/apikey=\w+/g, 'apikey=…')}:\n${problems.join('\n')}\n${status} ${body.slice(0, 500)}`,
			);
		}
		return exchange;
	}

	problemsOf(exchange: Exchange): readonly string[] {
		const { method, status, headers } = exchange;
		const problems = NEVER.filter((name) => name in headers).map((name) => `header ${name}`);
		const found = this.find(exchange);
		if (found === undefined) {
			return [...problems, ...problemsOfUnknown(exchange)];
		}
		const response = found.operation.responses[status];
		if (response === undefined) {
			return [...problems, `status ${status} is not one of ${Object.keys(found.operation.responses).join(', ')}`];
		}
		this.#seen.add(`${found.method.toUpperCase()} ${found.path} ${status}`);
		if (method !== 'HEAD' || response['x-stream'] === undefined) problems.push(...problemsOfHeaders(response, headers));
		return method === 'HEAD' || status === 304
			? [...problems, ...(exchange.body === '' ? [] : ['a body'])]
			: [...problems, ...this.#problemsOfBody(found, response, exchange)];
	}

	/** `HEAD` counts as the `GET` of its path. */
	find({ method, path }: Pick<Exchange, 'method' | 'path'>): Found | undefined {
		const [plain = ''] = path.split('?');
		const key = method === 'HEAD' ? 'get' : method.toLowerCase();
		for (const template of this.#templates) {
			const operation = template.pattern.test(plain) ? this.document.paths[template.path]?.[key] : undefined;
			if (operation !== undefined) return { path: template.path, method: key, operation };
		}
		return undefined;
	}

	/** `GET /ping 200` and so on, in the order of the document: statuses that no answer had so far. */
	unseen(): readonly string[] {
		return this.#all().filter((name) => !this.#seen.has(name));
	}

	/** Operations that never succeeded. */
	unexercised(): readonly string[] {
		const succeeded = new Set([...this.#seen].filter((name) => / 2\d\d$/.test(name)).map(operationOf));
		return [...new Set(this.#all().map(operationOf))].filter((name) => !succeeded.has(name));
	}

	get seenCount(): number {
		return this.#seen.size;
	}

	#all(): readonly string[] {
		return Object.entries(this.document.paths).flatMap(([path, operations]) =>
			Object.entries(operations).flatMap(([method, { responses }]) =>
				Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
			),
		);
	}

	#problemsOfBody(found: Found, response: Response, { status, headers, body }: Exchange): readonly string[] {
		const type = headers['content-type'];
		const place = ['paths', found.path, found.method, 'responses', String(status)];
		if (response['x-stream'] !== undefined) {
			const lines = response['x-stream'].lines === undefined ? [] : body.split('\n').slice(0, -1);
			const validate = lines.length === 0 ? undefined : this.#schemaAt([...place, 'x-stream', 'lines']);
			return [
				...(type === response['x-stream'].type ? [] : [`content type ${type}`]),
				...lines.flatMap((line) => this.#problemsOfJson(line, validate)),
			];
		}
		const { content = {} } = response;
		const media = Object.keys(content).find((name) => type === `${name}; charset=utf-8`);
		if (media === undefined) {
			const isEmpty = Object.keys(content).length === 0 && type === undefined && body === '';
			return isEmpty ? [] : [`content type ${type} is not one of ${Object.keys(content).join(', ')}`];
		}
		const validate = this.#schemaAt([...place, 'content', media, 'schema']);
		if (media === 'application/json' || media === 'application/problem+json')
			return this.#problemsOfJson(body, validate);
		const isMasked = content[media]?.['x-masked-by-proxy'] === true;
		return [
			...this.#problemsOfValue(body, validate),
			...(isMasked || PROXY_TEXT.test(body) ? [] : ["a text that the cloud's proxy does not let through"]),
		];
	}

	#schemaAt(place: readonly string[]): ValidateFunction | undefined {
		const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
		return this.#ajv.getSchema(`api#/${pointer.join('/')}`);
	}

	#problemsOfJson(text: string, validate: ValidateFunction | undefined): readonly string[] {
		let value: unknown;
		try {
			value = JSON.parse(text);
		} catch {
			return [`no JSON: ${text.slice(0, 80)}`];
		}
		return this.#problemsOfValue(value, validate);
	}

	#problemsOfValue(value: unknown, validate: ValidateFunction | undefined): readonly string[] {
		if (validate === undefined) return ['no schema'];
		return validate(value) ? [] : [this.#ajv.errorsText(validate.errors, { dataVar: 'body' })];
	}
}

function operationOf(name: string): string {
	return name.slice(0, name.lastIndexOf(' '));
}

function problemsOfHeaders({ headers: wanted = {} }: Response, headers: IncomingHttpHeaders): readonly string[] {
	return Object.entries(wanted).flatMap(([name, header]) => {
		const value = headers[name.toLowerCase()];
		const { schema } = header as { readonly schema: { readonly pattern?: string; readonly const?: string } };
		const pattern = schema.pattern === undefined ? undefined : new RegExp(schema.pattern);
		const fits = typeof value === 'string' && (pattern === undefined ? value === schema.const : pattern.test(value));
		return fits ? [] : [`header ${name}: ${String(value)}`];
	});
}

/** No such route: a page for those with a key, and nothing for others (spec: device-api 1.6, 1.8). */
function problemsOfUnknown({ method, status, headers }: Exchange): readonly string[] {
	if (method === 'OPTIONS' && status === 200) return headers.allow === undefined ? ['no header Allow'] : [];
	const type = headers['content-type'];
	const isProblem = type === 'application/problem+json; charset=utf-8';
	switch (status) {
		case 401:
			return type === 'text/plain; charset=utf-8' || isProblem ? [] : [`content type ${type}`];
		case 404:
			return isProblem ||
				(headers['content-security-policy'] === "default-src 'none'" &&
					headers['x-content-type-options'] === 'nosniff' &&
					type === 'text/html; charset=utf-8')
				? []
				: ['not the page of an unknown path'];
		case 400: // a web page, a body or a key that cannot be read comes first
		case 403:
		case 413:
		case 415:
		case 503:
			return [];
		default:
			return [`status ${status} of an unknown path`];
	}
}

/** One for all tests of a run, to list the answers that no test has seen. */
export const deviceApi = new ApiContract();
