import fc from 'fast-check';
import type { ApiContract } from './api-contract.ts';

/** The caller; the test maps it to a key. */
export type Asker = 'anonymous' | 'stranger' | 'malformed' | 'first' | 'second' | 'device';

export interface ApiRequest {
	readonly method: string;
	/** With a query that has no key. */
	readonly path: string;
	readonly asker: Asker;
	readonly isKeyInQuery: boolean;
	readonly type: string | undefined;
	readonly body: string | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

interface Operation {
	readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
	readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface RequestOptions {
	/** Of apps that are there. */
	readonly appIds: readonly string[];
	readonly services: readonly string[];
	/** How often an operation is asked for, by `METHOD /path`; 10 where nothing is said. */
	readonly weights: Readonly<Record<string, number>>;
}

const FORM = 'application/x-www-form-urlencoded';
const ODD_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '\u0000', 'a b', 'ä'];

/** Requests as the document has them, nearly so, and not at all. */
export function apiRequests(contract: ApiContract, options: RequestOptions): fc.Arbitrary<ApiRequest> {
	const document = contract.document as unknown as {
		readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
	};
	const values = new SchemaValues(document.components.schemas, options);
	const operations = Object.entries(contract.document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({
			weight: options.weights[`${method.toUpperCase()} ${path}`] ?? 10,
			arbitrary: operationRequests({ method: method.toUpperCase(), path, operation: operation as Operation }, values),
		})),
	);
	return fc.oneof(...operations, { weight: 20, arbitrary: garbage() });
}

const asker = fc.oneof(
	{ weight: 1, arbitrary: fc.constantFrom<Asker[]>('anonymous', 'stranger', 'malformed') },
	{ weight: 4, arbitrary: fc.constantFrom<Asker[]>('first', 'second', 'device') },
);

function operationRequests(
	{ method, path, operation }: { readonly method: string; readonly path: string; readonly operation: Operation },
	values: SchemaValues,
): fc.Arbitrary<ApiRequest> {
	const schema = operation.requestBody?.content['application/json']?.schema;
	const inQuery = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
	const query = fc.record(Object.fromEntries(inQuery.map(({ name }) => [name, values.serviceName()])), {
		requiredKeys: [],
	});
	return fc
		.record({
			id: values.appId(),
			spelling: fc.constantFrom(...['', '', '', '', '/', 'upper']),
			query,
			asker,
			isKeyInQuery: fc.boolean(),
			sent: bodies(schema, values),
			head: fc.integer({ min: 0, max: 9 }),
		})
		.map(({ id, spelling, query: given, sent, head, ...rest }) => {
			const plain = path.replace('{appId}', id);
			const spelled = spelling === 'upper' ? plain.toUpperCase() : plain + spelling;
			const search = new URLSearchParams(given as Record<string, string>).toString();
			return {
				method: method === 'GET' && head === 0 ? 'HEAD' : method,
				path: search === '' ? spelled : `${spelled}?${search}`,
				...sent,
				...rest,
			};
		});
}

interface Sent {
	readonly type: string | undefined;
	readonly body: string | undefined;
}

const NOTHING: Sent = { type: undefined, body: undefined };

function bodies(schema: Schema | undefined, values: SchemaValues): fc.Arbitrary<Sent> {
	const none = fc.constant(NOTHING);
	const any = fc.oneof(
		fc.string(),
		fc.json({ maxDepth: 3 }),
		fc.constantFrom('{', 'null', '[]', '[[[[', '{"__proto__":{"force":1}}'),
	);
	const anything = fc.record({
		type: fc.constantFrom(undefined, 'application/json', FORM, 'text/plain', 'application/json; charset=x'),
		body: any,
	});
	if (schema === undefined) return fc.oneof({ weight: 5, arbitrary: none }, { weight: 1, arbitrary: anything });
	const valid = values.of(schema);
	const json = valid.map((value) => ({ type: 'application/json', body: JSON.stringify(value) }));
	const form = valid.map((value) => ({ type: FORM, body: toForm(value) }));
	const nearly = fc
		.tuple(valid, fc.constantFrom(...ODD_NAMES, 'appId', 'local', 'apps'), fc.jsonValue({ maxDepth: 2 }))
		.map(([value, name, other]) => ({
			type: 'application/json',
			body: JSON.stringify(typeof value === 'object' && value !== null ? { ...value, [name]: other } : other),
		}));
	const cut = fc.tuple(valid, fc.double({ min: 0, max: 1, noNaN: true })).map(([value, part]) => {
		const text = JSON.stringify(value);
		return { type: 'application/json', body: text.slice(0, Math.floor(text.length * part)) };
	});
	return fc.oneof({ weight: 5, arbitrary: json }, { weight: 2, arbitrary: nearly }, form, cut, none, anything);
}

function toForm(value: unknown): string {
	const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
	return new URLSearchParams(
		entries.map(([name, member]): [string, string] => [
			name,
			typeof member === 'string' ? member : JSON.stringify(member),
		]),
	).toString();
}

function garbage(): fc.Arbitrary<ApiRequest> {
	const path = fc.oneof(
		fc.webPath(),
		fc.constantFrom(
			'/%zz',
			'/v1/apps/%zz',
			'/v2/applications/%/state',
			'//',
			'/v3/any',
			'/v1/stop',
			`/${'a'.repeat(4000)}`,
			'/..%2f..',
			'*',
		),
	);
	return fc.record({
		method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PURGE'),
		path: path.map((text) => (text.startsWith('/') ? text : `/${text}`)),
		asker,
		isKeyInQuery: fc.boolean(),
		type: fc.constantFrom(undefined, 'application/json', 'x'),
		body: fc.oneof(fc.constant(undefined), fc.string()),
	});
}

/** Values that a schema of the document allows: those parts of JSON schema that it uses. */
class SchemaValues {
	readonly #components: Readonly<Record<string, Schema>>;
	readonly #options: RequestOptions;

	constructor(components: Readonly<Record<string, Schema>>, options: RequestOptions) {
		this.#components = components;
		this.#options = options;
	}

	appId(): fc.Arbitrary<string> {
		return fc.oneof(
			{ weight: 2, arbitrary: fc.constantFrom(...this.#options.appIds) },
			{ weight: 3, arbitrary: fc.integer({ min: -1, max: 99 }).map(String) },
			{ weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 6 }).map(toSegment) },
			{
				weight: 1,
				arbitrary: fc.constantFrom('abc', '0', '1.0', '%zz', '%E0%A4%A', '1e3', '__proto__', '9'.repeat(30)),
			},
		);
	}

	serviceName(): fc.Arbitrary<string> {
		return fc.oneof(fc.constantFrom(...this.#options.services, ...ODD_NAMES), fc.string({ maxLength: 8 }));
	}

	of(schema: Schema): fc.Arbitrary<unknown> {
		if (typeof schema['$ref'] === 'string')
			return this.of(this.#components[schema['$ref'].split('/').at(-1) ?? ''] ?? {});
		if ('const' in schema) return fc.constant(schema['const']);
		if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as readonly unknown[]));
		const types = Array.isArray(schema['type']) ? (schema['type'] as readonly string[]) : [String(schema['type'])];
		return fc.oneof(...types.map((type) => this.#ofType(type, schema)));
	}

	#ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
		switch (type) {
			case 'boolean':
				return fc.boolean();
			case 'integer':
			case 'number':
				return fc.oneof(
					fc.integer({ min: typeof schema['minimum'] === 'number' ? schema['minimum'] : -5, max: 200 }),
					fc.constant(1),
				);
			case 'null':
				return fc.constant(null);
			case 'array':
				return fc.array(this.of((schema['items'] ?? {}) as Schema), { maxLength: 3 });
			case 'object':
				return this.#object(schema);
			case 'string':
				return typeof schema['pattern'] === 'string'
					? fc.stringMatching(new RegExp(schema['pattern'])).map((text) => text.slice(0, 60))
					: fc.oneof(
							fc.string({ maxLength: 20 }),
							fc.constantFrom('true', 'on', '1', '0', 'short', 'json', ...this.#options.services),
						);
			default:
				return fc.jsonValue({ maxDepth: 1 });
		}
	}

	#object(schema: Schema): fc.Arbitrary<unknown> {
		const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
		const required = [...((schema['required'] ?? []) as readonly string[]), ...firstOf(schema['anyOf'])];
		const members = Object.fromEntries(
			Object.entries(properties).map(([name, member]) => [name, this.#member(name, member)]),
		);
		const named = fc.record(members, { requiredKeys: required });
		if (typeof schema['additionalProperties'] !== 'object') return named;
		const names = (schema['propertyNames'] as { readonly pattern?: string } | undefined)?.pattern;
		const key =
			names === undefined
				? fc.string({ maxLength: 8 })
				: fc.stringMatching(new RegExp(names)).map((text) => text.slice(0, 12));
		return fc.dictionary(key, this.of(schema['additionalProperties'] as Schema), { maxKeys: 3 });
	}

	#member(name: string, schema: Schema): fc.Arbitrary<unknown> {
		if (name === 'appId') return this.appId();
		return name === 'serviceName' ? this.serviceName() : this.of(schema);
	}
}

/** Of members of which one has to be there, the first. */
function firstOf(alternatives: unknown): readonly string[] {
	const [first] = (alternatives ?? []) as readonly { readonly required?: readonly string[] }[];
	return first?.required ?? [];
}

function toSegment(text: string): string {
	return encodeURIComponent(text).replaceAll('.', '%2E');
}
