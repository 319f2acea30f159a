import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import type { Fault } from './faults.ts';

export interface Reply {
	readonly status: number;
	readonly body?: {
		readonly contentType: string;
		readonly text: string;
		/** Error pages of the real cloud come from its web framework, which adds no entity tag to them. */
		readonly hasEtag: boolean;
	};
	/** Instead of a body: as it is, never compressed. */
	readonly bytes?: Buffer;
	readonly headers?: Readonly<Record<string, string>>;
}

const COMPRESS_FROM_BYTES = 1024;
const REASONS: Readonly<Record<number, string>> = { 400: 'Bad Request', 413: 'Payload Too Large' };

export function jsonReply(status: number, value: unknown): Reply {
	const text = JSON.stringify(value);
	return { status, body: { contentType: 'application/json; charset=utf-8', text, hasEtag: true } };
}

export function textReply(status: number, text: string, contentType: 'text/html' | 'text/plain'): Reply {
	return { status, body: { contentType: `${contentType}; charset=utf-8`, text, hasEtag: true } };
}

/** Most refusals of the real cloud have no body at all. */
export function emptyReply(status: number): Reply {
	return { status };
}

export function errorPage(status: number): Reply {
	const title = REASONS[status] ?? 'Error';
	const text =
		'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n' +
		`<body>\n<pre>${title}</pre>\n</body>\n</html>\n`;
	return { status, body: { contentType: 'text/html; charset=utf-8', text, hasEtag: false } };
}

export const apiKeyRequired: Reply = jsonReply(401, { error: 'API key required' });

/** The form the real cloud's framework uses: byte length and the start of a SHA-1, always weak. */
export function entityTag(text: string): string {
	const hash = createHash('sha1').update(text).digest('base64').slice(0, 27);
	return `W/"${Buffer.byteLength(text).toString(16)}-${hash}"`;
}

/** `If-None-Match` may be `*` or a list; tags compare weakly, with or without `W/`. */
export function isMatchingTag(ifNoneMatch: string, tag: string): boolean {
	const opaque = (candidate: string) => candidate.trim().replace(/^W\//, '');
	return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((candidate) => opaque(candidate) === opaque(tag));
}

interface SendRequest {
	readonly method: string;
	readonly headers: IncomingHttpHeaders;
}

/** Ways to corrupt the bytes of an answer. */
export type Delivery = Pick<Fault, 'truncate' | 'stall' | 'trickle' | 'mangle'>;

export function sendReply(response: ServerResponse, request: SendRequest, reply: Reply, delivery: Delivery = {}): void {
	const { body } = reply;
	response.statusCode = reply.status;
	for (const [name, value] of Object.entries(reply.headers ?? {})) {
		response.setHeader(name, value);
	}
	if (reply.bytes !== undefined) {
		sendBytes(response, request, reply.bytes, delivery);
		return;
	}
	if (body === undefined) {
		const isFaulty = Object.keys(delivery).length > 0;
		sendBytes(response, request, isFaulty ? mangle(response, request, '', delivery) : undefined, delivery);
		return;
	}
	if (body.hasEtag && !response.hasHeader('etag')) {
		response.setHeader('ETag', entityTag(body.text));
	}
	if (isNotModified(request, reply, response.getHeader('etag'))) {
		response.statusCode = 304;
		response.end();
		return;
	}
	if (!response.hasHeader('content-type')) {
		response.setHeader('Content-Type', body.contentType);
	}
	response.setHeader('Vary', 'Accept-Encoding');
	sendBytes(response, request, mangle(response, request, body.text, delivery), delivery);
}

function mangle(response: ServerResponse, request: SendRequest, text: string, delivery: Delivery): Buffer {
	switch (delivery.mangle) {
		case 'half-gzip': {
			response.setHeader('Content-Encoding', 'gzip');
			const whole = gzipSync(text);
			return whole.subarray(0, whole.length / 2);
		}
		case 'bad-utf8': {
			// Inside the last string, where there is one: the rest is good JSON then.
			const end = text.lastIndexOf('"');
			const at = end < 0 ? text.length : end;
			return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from([0xff, 0xc3]), Buffer.from(text.slice(at))]);
		}
		case 'not-http':
		case undefined:
			return compress(response, request, Buffer.from(text));
	}
}

function sendBytes(
	response: ServerResponse,
	request: SendRequest,
	payload: Buffer | undefined,
	{ truncate, stall, trickle }: Delivery,
): void {
	if (payload === undefined) {
		response.end();
		return;
	}
	response.setHeader('Content-Length', payload.length);
	if (truncate !== undefined) {
		response.flushHeaders();
		response.write(payload.subarray(0, truncate), () => response.destroy());
	} else if (typeof stall === 'number') {
		response.flushHeaders();
		response.write(payload.subarray(0, stall));
	} else if (trickle !== undefined) {
		sendSlowly(response, payload, trickle);
	} else {
		response.end(request.method === 'HEAD' ? undefined : payload);
	}
}

function sendSlowly(
	response: ServerResponse,
	payload: Buffer,
	{ bytes, everyMs }: NonNullable<Delivery['trickle']>,
): void {
	let sent = 0;
	const sendNext = () => {
		response.write(payload.subarray(sent, sent + bytes));
		sent += bytes;
		if (sent >= payload.length) {
			response.end();
		}
	};
	response.flushHeaders();
	const timer = setInterval(sendNext, everyMs);
	response.once('close', () => {
		clearInterval(timer);
	});
	sendNext();
}

function isNotModified(request: SendRequest, reply: Reply, tag: unknown): boolean {
	const ifNoneMatch = request.headers['if-none-match'];
	const isRead = request.method === 'GET' || request.method === 'HEAD';
	if (!isRead || reply.status !== 200 || ifNoneMatch === undefined || typeof tag !== 'string') {
		return false;
	}
	return (
		!/(?:^|,)\s*no-cache\s*(?:,|$)/.test(request.headers['cache-control'] ?? '') && isMatchingTag(ifNoneMatch, tag)
	);
}

function compress(response: ServerResponse, request: SendRequest, payload: Buffer): Buffer {
	const offered = request.headers['accept-encoding'] ?? '';
	if (payload.length < COMPRESS_FROM_BYTES) {
		return payload;
	}
	if (/\bbr\b/.test(offered)) {
		response.setHeader('Content-Encoding', 'br');
		return brotliCompressSync(payload, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
	}
	if (/\bgzip\b/.test(offered)) {
		response.setHeader('Content-Encoding', 'gzip');
		return gzipSync(payload);
	}
	return payload;
}
