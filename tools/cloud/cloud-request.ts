import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import type { ApiKey, Device } from './cloud-data.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Reply } from './reply.ts';

export type Body =
	| { readonly kind: 'none' }
	| { readonly kind: 'json'; readonly value: unknown }
	| { readonly kind: 'bad-json'; readonly text: string }
	/** A content type other than JSON: the real cloud's handlers then see an empty body. */
	| { readonly kind: 'other'; readonly text: string }
	| { readonly kind: 'too-large' }
	/** Unread, for a handler that streams it. */
	| { readonly kind: 'stream' };

export interface CloudRequest {
	readonly method: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingHttpHeaders;
	readonly body: Body;
	readonly incoming: IncomingMessage;
}

export type Handler = (
	model: CloudModel,
	request: CloudRequest,
	parameters: readonly string[],
) => Reply | Promise<Reply>;

/** The caller: without a key, with an unknown key, or the owner of a key. */
type Actor = { readonly kind: 'none' } | { readonly kind: 'unknown' } | ApiKey;

export function readActor(model: CloudModel, request: CloudRequest): Actor {
	const header = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
	const key = header ?? request.query.get('apikey') ?? undefined;
	if (key === undefined) {
		return { kind: 'none' };
	}
	return model.key(key) ?? { kind: 'unknown' };
}

/** The device of this actor; `undefined` for a deleted device, although its key still exists. */
export function deviceOf(model: CloudModel, actor: Actor): Device | undefined {
	return actor.kind === 'device' ? model.deviceById(actor.deviceId) : undefined;
}

export function isUser(actor: Actor): boolean {
	return actor.kind === 'user' || actor.kind === 'session';
}

/** Not resolved against a base: a path that begins with two slashes must not be taken for a host. */
export function requestUrl(incoming: IncomingMessage): URL {
	return new URL(`http://stand-in.invalid${incoming.url ?? '/'}`);
}

const gunzipBytes = promisify(gunzip);

export async function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Body> {
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	if (Number(incoming.headers['content-length'] ?? 0) > limitBytes) {
		incoming.resume();
		return { kind: 'too-large' };
	}
	for await (const chunk of incoming) {
		// Without setEncoding the chunks of a request are always buffers.
		const bytes = chunk as Buffer;
		sizeBytes += bytes.length;
		if (sizeBytes <= limitBytes) {
			chunks.push(bytes);
		}
	}
	if (sizeBytes > limitBytes) {
		return { kind: 'too-large' };
	}
	return sizeBytes === 0 ? { kind: 'none' } : decodeBody(incoming.headers, Buffer.concat(chunks));
}

async function decodeBody(headers: IncomingHttpHeaders, raw: Buffer): Promise<Body> {
	const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
	let text: string;
	try {
		text = (headers['content-encoding'] === 'gzip' ? await gunzipBytes(raw) : raw).toString('utf8');
	} catch {
		return { kind: 'bad-json', text: '' }; // not gzip although it says so: as unreadable as broken JSON
	}
	if (!isJson) {
		return { kind: 'other', text };
	}
	try {
		const value: unknown = JSON.parse(text);
		// The real cloud's parser takes objects and lists only.
		return typeof value === 'object' && value !== null ? { kind: 'json', value } : { kind: 'bad-json', text };
	} catch {
		return { kind: 'bad-json', text };
	}
}

export function jsonBody(request: CloudRequest): Record<string, unknown> {
	const { body } = request;
	// The parser lets objects and lists through; a list has no members that a handler asks for.
	return body.kind === 'json' ? (body.value as Record<string, unknown>) : {};
}
