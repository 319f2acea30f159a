/** A JSON schema (2020-12), as data. */
export type Schema = Readonly<Record<string, unknown>>;

/** One status of an operation. Content types are those of the predecessor, which clients know (spec: device-api 1.6). */
export interface Answer {
	readonly description: string;
	readonly json?: Schema;
	/** `text/html`: a plain string, sent as it is. */
	readonly html?: Schema;
	/** `text/plain`: the reason phrase. */
	readonly plain?: Schema;
	/** Both text forms of Prometheus. */
	readonly metrics?: Schema;
	readonly openMetrics?: Schema;
	/** `application/problem+json`: failures of v3. */
	readonly problem?: Schema;
	/** A file of the page, of this type. */
	readonly file?: string;
	/** A text that the cloud's proxy does not let through: it holds other characters than letters, digits, blanks and `:'.?!,/-`. */
	readonly isMasked?: true;
	/** Chunked; `lines`: each line is such a JSON value. Without `type` no content type is sent. */
	readonly stream?: { readonly lines?: Schema; readonly type?: string };
	readonly example?: unknown;
}

/** What the route table cannot know about an operation. */
export interface Description {
	readonly summary: string;
	/** Section of the specification of the API. */
	readonly section: string;
	readonly description?: string;
	readonly query?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
	/** None: the body is not looked at. Never required as such: no body is an empty object. */
	readonly body?: { readonly schema: Schema; readonly example?: unknown };
	/** By status; those that all routes of a kind have in common are added (`add-common-answers.ts`). */
	readonly answers: Readonly<Record<number, Answer>>;
}

/** By method and path, as the route table writes them: `POST /v1/apps/:appId/stop`. */
export type Descriptions = Readonly<Record<string, Description>>;
