import type { ApiOptions } from '../../src/device-api/index.ts';
import { isV3 } from '../../src/device-api/problem.ts';
import type { Route } from '../../src/device-api/route.ts';
import { listRoutes } from '../../src/device-api/routes/list-routes.ts';
import { addCommonAnswers } from './add-common-answers.ts';
import type { Answer, Description, Descriptions, Schema } from './description.ts';
import { COMPONENTS, ref, STRING } from './schemas.ts';

const INTRODUCTION = `The HTTP API of a device, for its services, its cloud, and developers beside it.

A key is required unless the device is in local mode; without a cloud it is required from all but the loopback address, and
not at all in development mode. Without a key every path is 401, unknown ones too. Web pages of another origin get 403.
With one an unknown path or method is 404, as a page; below \`/v3\` every failure is a problem (RFC 9457). \`HEAD\` is answered like \`GET\`, and \`OPTIONS\` lists the methods of a
path. Paths may be written in any letter case, and with a slash at their end. Bodies are JSON (an object or a list) or a
form, up to 10 MiB, also with \`gzip\` or \`deflate\`; any other, or none, is taken for an empty object.

\`x-access\`: \`open\` to all; any \`key\`; \`app\`: one that covers the app; \`filtered\`: any, and it sees and touches its own
apps alone. \`x-masked-by-proxy\`: the cloud's proxy does not let such a text through. \`x-stream\`: chunked, without a
content type.`;

/** The newest in the paths. Not the program's: that moves with each release, and the document does not. */
const API_VERSION = '3';

/** Routes only read the options when they are asked. */
export function listAllRoutes(): readonly Route[] {
	return listRoutes({} as ApiOptions);
}

export class UndescribedError extends Error {
	constructor(problems: readonly string[]) {
		super(problems.join('\n'));
		this.name = 'UndescribedError';
	}
}

/** Throws an `UndescribedError` unless routes and descriptions are the same operations. */
export function buildDocument(routes: readonly Route[], descriptions: Descriptions): Schema {
	const names = routes.map(nameOf);
	const problems = [
		...names.filter((name) => !Object.hasOwn(descriptions, name)).map((name) => `${name} has no description`),
		...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`),
		...Object.keys(descriptions)
			.filter((name) => !names.includes(name))
			.map((name) => `${name} is described, and is no route`),
	];
	if (problems.length > 0) {
		throw new UndescribedError(problems);
	}
	const paths: Record<string, Record<string, Schema>> = {};
	for (const route of routes) {
		const description = descriptions[nameOf(route)];
		if (description !== undefined) {
			(paths[toOpenApiPath(route.path)] ??= {})[route.method] = describeOperation(route, description);
		}
	}
	return {
		openapi: '3.1.1',
		info: {
			title: 'Device API of balena Supervisor',
			version: API_VERSION,
			license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
			description: INTRODUCTION,
		},
		servers: [
			{ url: 'http://{host}:{port}', variables: { host: { default: '127.0.0.1' }, port: { default: '48484' } } },
		],
		paths,
		components: { schemas: COMPONENTS, securitySchemes: SECURITY },
	};
}

const SECURITY = {
	bearer: {
		type: 'http',
		scheme: 'bearer',
		description: '`Authorization: Bearer KEY`; `ApiKey` is taken for `Bearer`.',
	},
	query: { type: 'apiKey', in: 'query', name: 'apikey', description: 'Goes before the header, even when it is wrong.' },
};

export function nameOf({ method, path }: Route): string {
	return `${method.toUpperCase()} ${path}`;
}

function toOpenApiPath(path: string): string {
	return path.replaceAll(/:(\w+)/g, '{$1}');
}

function describeOperation(route: Route, description: Description): Schema {
	const { summary, section, description: more, body } = description;
	return {
		operationId: operationIdOf(route),
		summary,
		...(more === undefined ? {} : { description: more }),
		'x-section': section,
		'x-access': route.access,
		security: route.access === 'open' ? [] : Object.keys(SECURITY).map((name) => ({ [name]: [] })),
		...withParameters(route, description),
		...(body === undefined ? {} : { requestBody: describeBody(body) }),
		responses: Object.fromEntries(
			Object.entries(addCommonAnswers(route, description)).map(([status, answers]) => [
				status,
				describeAnswers(Number(status), answers),
			]),
		),
	};
}

/** `POST /v1/apps/:appId/stop` → `postV1AppsByAppIdStop` */
function operationIdOf({ method, path }: Route): string {
	const words = path.replaceAll(':', 'by-').split(/[^A-Za-z0-9]+/);
	return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function withParameters({ path }: Route, { query = {} }: Description): Schema {
	const parameters = [
		...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
			...{ name, in: 'path', required: true },
			schema: isV3({ originalUrl: path }) ? STRING : ref('IntegerText'),
		})),
		...Object.entries(query).map(([name, { description, schema }]) => ({ name, in: 'query', description, schema })),
	];
	return parameters.length === 0 ? {} : { parameters };
}

function describeBody({ schema, example }: NonNullable<Description['body']>): Schema {
	return {
		required: false,
		content: {
			'application/json': { schema, ...(example === undefined ? {} : { example }) },
			'application/x-www-form-urlencoded': { schema },
		},
	};
}

const TYPES = {
	json: 'application/json',
	html: 'text/html',
	plain: 'text/plain',
	metrics: 'text/plain; version=0.0.4',
	openMetrics: 'application/openmetrics-text; version=1.0.0',
	problem: 'application/problem+json',
} as const;

/** Its example is one line, or one event. */
function describeStream(stream: object, answers: readonly Answer[]): Schema {
	const example = answers.find((answer) => answer.stream !== undefined)?.example;
	return { ...stream, ...(example === undefined ? {} : { example }) };
}

function describeAnswers(status: number, answers: readonly Answer[]): Schema {
	const content: Record<string, Schema> = {};
	for (const [kind, type] of Object.entries(TYPES) as [keyof typeof TYPES, string][]) {
		const given = answers.filter((answer) => answer[kind] !== undefined);
		const schemas = given.map((answer) => answer[kind]);
		if (schemas.length > 0) {
			const example = given.find(
				(answer) => answer.example !== undefined && (kind === 'json' || kind === 'metrics'),
			)?.example;
			content[type] = {
				schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas },
				...(example === undefined ? {} : { example }),
				...(kind !== 'json' && given.some(({ isMasked }) => isMasked === true) ? { 'x-masked-by-proxy': true } : {}),
			};
		}
	}
	for (const { file } of answers) {
		if (file !== undefined) content[file] = { schema: { type: 'string' }, 'x-masked-by-proxy': true };
	}
	const stream = answers.find((answer) => answer.stream !== undefined)?.stream;
	const hasTag = Object.keys(content).length > 0 || status === 304;
	return {
		description: answers.map(({ description }) => description).join(' '),
		...(hasTag ? { headers: { ETag: { required: true, schema: { type: 'string', pattern: '^W/"' } } } } : {}),
		...(stream === undefined
			? {}
			: { headers: { 'Transfer-Encoding': { required: true, schema: { const: 'chunked' } } } }),
		...(stream === undefined ? {} : { 'x-stream': describeStream(stream, answers) }),
		...(Object.keys(content).length === 0 ? {} : { content }),
	};
}
